"""What to send where, proposed over all calls at once. The planner proposes; officers of each member decide.

records   what a member would lend, what its trucks and docks carry, a published plan, a proposal declined
asking    rows -> the planner's Problem: only what the member that plans may read
making    solve, keep the plan's file, publish the plan
standing  which plan stands, what has changed since it was made, and whether two contradict each other
reasons   why each line: from the plan's prices where its file is kept here, else from the rows
deciding  what is short where, and what the next hour decides
fitting   one member's lines, held against its own stock, reserve and trucks
"""

"""Where each parcel of a shipment is: packed in lots, labelled, scanned from hand to hand."""

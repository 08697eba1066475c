"use strict";
// One box in the head of the board ticks all lines below it. Without scripts each line is ticked by itself.
document.addEventListener("DOMContentLoaded", () => {
  const head = document.querySelector(".aid-board thead .aid-tick");
  const choices = document.querySelectorAll(".aid-board .aid-choice");
  if (!head || choices.length === 0) {
    return;
  }
  const all = document.createElement("input");
  all.type = "checkbox";
  all.setAttribute("aria-label", head.dataset.all);
  all.addEventListener("change", () => {
    for (const one of choices) {
      one.checked = all.checked;
    }
  });
  head.append(all);
});

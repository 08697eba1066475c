"use strict";
// Small help where scripts run. Every page works without it.

// The first error, or the page's own errors, get the focus after a form came back.
document.addEventListener("DOMContentLoaded", () => {
  const errors = document.getElementById("form-errors");
  if (errors) {
    errors.focus();
  }
});

// A file that would be refused is refused before it travels.
document.addEventListener("change", (event) => {
  const input = event.target;
  if (!(input instanceof HTMLInputElement) || !input.dataset.largest) {
    return;
  }
  const sizes = Array.from(input.files, (file) => file.size);
  const tooLarge = sizes.some((size) => size > Number(input.dataset.largest));
  input.setCustomValidity(tooLarge ? input.dataset.tooLarge : sizes.includes(0) ? input.dataset.empty : "");
  input.reportValidity();
});

// One click sends a form once. The server would refuse the second anyway: each form carries its own key.
document.addEventListener("submit", (event) => {
  const form = event.target;
  if (form.method !== "post" || form.dataset.sent) {
    if (form.dataset.sent) {
      event.preventDefault();
    }
    return;
  }
  if (event.submitter && event.submitter.name === "more") {
    return;
  }
  const refused = Array.from(form.querySelectorAll("input[data-largest]")).find((input) => !input.checkValidity());
  if (refused) {
    event.preventDefault();
    refused.reportValidity();
    return;
  }
  form.dataset.sent = "1";
  window.setTimeout(() => delete form.dataset.sent, 5000);
});

// A live part that is no longer there (signed out, an office that ended) is not emptied: the page says what happened.
document.addEventListener("htmx:beforeSwap", (event) => {
  const { elt, serverResponse, shouldSwap } = event.detail;
  if (shouldSwap && elt.hasAttribute("data-live") && !serverResponse.includes(`id="${elt.id}"`)) {
    event.detail.shouldSwap = false;
    window.location.reload();
  }
});

// A menu closes when one looks elsewhere, or with Escape.
document.addEventListener("click", (event) => {
  for (const menu of document.querySelectorAll("details.hansa-menu[open]")) {
    if (!menu.contains(event.target)) {
      menu.open = false;
    }
  }
});
document.addEventListener("keydown", (event) => {
  if (event.key === "Escape") {
    for (const menu of document.querySelectorAll("details.hansa-menu[open]")) {
      menu.open = false;
      menu.querySelector("summary").focus();
    }
  }
});

// A long menu gets a field that narrows it to what has all the words typed; when one thing is left, it is chosen.
function plain(text) {
  return text.normalize("NFD").replace(/\p{M}/gu, "").toLowerCase();
}

function narrowed(menu) {
  const whole = Array.from(menu.children, (part) => part.cloneNode(true));
  const field = document.createElement("input");
  field.type = "search";
  field.className = "usa-input hansa-narrow";
  field.placeholder = menu.dataset.search;
  field.setAttribute("aria-label", menu.dataset.search);
  field.setAttribute("aria-controls", menu.id);
  menu.before(field);
  field.addEventListener("keydown", (event) => {
    if (event.key === "Enter") {
      event.preventDefault();
      menu.focus();
    }
  });
  field.addEventListener("input", () => {
    const words = plain(field.value).split(/\s+/).filter(Boolean);
    const chosen = menu.value;
    menu.replaceChildren(...whole.map((part) => part.cloneNode(true)));
    for (const option of Array.from(menu.options)) {
      const text = plain(`${option.textContent} ${option.value}`);
      if (option.value !== "" && !words.every((word) => text.includes(word))) {
        option.remove();
      }
    }
    for (const group of menu.querySelectorAll("optgroup")) {
      if (!group.querySelector("option")) {
        group.remove();
      }
    }
    const found = Array.from(menu.options, (option) => option.value).filter(Boolean);
    menu.value = found.includes(chosen) ? chosen : words.length && found.length === 1 ? found[0] : "";
    menu.size = words.length ? Math.min(8, found.length + 1) : 0;
    menu.dispatchEvent(new Event("change", { bubbles: true }));
  });
}

document.addEventListener("DOMContentLoaded", () => {
  document.querySelectorAll("select[data-search]").forEach(narrowed);
});

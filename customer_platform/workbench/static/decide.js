// Decides by key: a button with data-key is pressed by that key, unless somebody types.
"use strict";

document.addEventListener("keydown", (event) => {
  const typing = event.target.closest("input, textarea, select, [contenteditable]");
  if (typing || event.ctrlKey || event.metaKey || event.altKey || event.repeat) return;
  const button = [...document.querySelectorAll("button[data-key]")].find(
    (each) => each.dataset.key === event.key
  );
  if (button && !button.disabled) {
    event.preventDefault();
    button.click();
  }
});

// Whoever presses twice means one decision.
document.addEventListener("submit", () => {
  setTimeout(() => {
    for (const each of document.querySelectorAll("button[data-key]")) each.disabled = true;
  });
});

// Draws records and links wherever a part of a page has brought some.
"use strict";

function colour(name) {
  return getComputedStyle(document.documentElement).getPropertyValue(name).trim();
}

function draw(container) {
  const text = { color: colour("--ink"), "font-size": 11, "font-family": "ui-monospace, monospace" };
  cytoscape({
    container,
    elements: JSON.parse(container.dataset.drawing),
    layout: { name: "breadthfirst", directed: true, roots: ".founding", padding: 24, animate: false },
    userZoomingEnabled: false,
    autoungrabify: false,
    style: [
      { selector: "node", style: { ...text, label: "data(id)", "background-color": colour("--tint"),
        "border-width": 1.5, "border-color": colour("--quiet"), "text-valign": "bottom",
        "text-margin-y": 5, width: 22, height: 22 } },
      { selector: ".founding", style: { "border-width": 4, "border-color": colour("--ink") } },
      { selector: "edge", style: { ...text, label: "data(label)", width: 2, "curve-style": "bezier",
        "line-color": colour("--quiet"), "text-background-color": colour("--card"),
        "text-background-opacity": 1, "text-background-padding": 2 } },
      { selector: "edge.weakest", style: { width: 5, "line-color": colour("--bad"),
        "line-style": "dashed" } },
    ],
  });
}

function drawAll() {
  for (const container of document.querySelectorAll("[data-drawing]:empty")) draw(container);
}

document.addEventListener("htmx:afterSettle", drawAll);
document.addEventListener("DOMContentLoaded", drawAll);
// The colours are those of the theme.
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => {
  for (const container of document.querySelectorAll("[data-drawing]")) {
    container.replaceChildren();
    draw(container);
  }
});

// What the page of a plan does in a browser: open and close cards, follow dependencies, find resources. Plain ECMAScript
// as text, because it runs there and not here; without it the page shows everything but stands still.
export const CLIENT = `
"use strict";
const byId = (id) => document.getElementById(id);
const owner = (id) => { const found = byId(id); return found && found.closest(".card"); };
const isOpen = (card) => card.classList.contains("open");

function draw(svg) {
  const [width, header, row] = ["cardWidth", "header", "row"].map((name) => Number(svg.dataset[name]));
  const height = (card) => isOpen(card) ? header + Number(card.dataset.rows) * row + 5 : header;
  // What was opened pushes down the cards of its column, and nothing else moves.
  const columns = new Map();
  for (const card of svg.querySelectorAll(".card")) {
    const column = columns.get(card.dataset.x) || [];
    columns.set(card.dataset.x, [...column, card]);
  }
  let bottom = 0;
  for (const column of columns.values()) {
    column.sort((a, b) => a.dataset.y - b.dataset.y);
    let free = 0;
    for (const card of column) {
      const y = Math.max(Number(card.dataset.y), free);
      card.at = y;
      card.setAttribute("transform", "translate(" + card.dataset.x + "," + y + ")");
      card.querySelector(".frame").setAttribute("height", height(card));
      free = y + height(card) + 16;
      bottom = Math.max(bottom, free);
    }
  }
  svg.setAttribute("height", bottom);
  const end = (id) => {
    const card = owner(id);
    const rows = isOpen(card) ? [...card.querySelectorAll(".row")] : [];
    const index = rows.findIndex((found) => found.id === id);
    return { card, x: Number(card.dataset.x), y: card.at + (index < 0 ? header / 2 : header + (index + 0.5) * row), key: index < 0 ? card.id : id };
  };
  const drawn = new Set();
  for (const edge of svg.querySelectorAll(".edge")) {
    const [a, b] = [end(edge.dataset.from), end(edge.dataset.to)];
    const key = a.key + " " + b.key;
    edge.toggleAttribute("hidden", a.key === b.key || drawn.has(key));
    drawn.add(key);
    const right = a.x + width;
    const bend = Math.max(30, (b.x - right) / 2);
    const far = Math.max(right, b.x + width) + 26;
    edge.setAttribute("d", b.x >= right
      ? "M" + right + "," + a.y + " C" + (right + bend) + "," + a.y + " " + (b.x - bend) + "," + b.y + " " + b.x + "," + b.y
      : "M" + right + "," + a.y + " C" + far + "," + a.y + " " + far + "," + b.y + " " + (b.x + width) + "," + b.y);
  }
}

function setOpen(card, open) {
  if (card.dataset.rows === "0") return;
  card.classList.toggle("open", open);
  card.classList.toggle("closed", !open);
}

const stacks = [...document.querySelectorAll("svg.stack")];
const setAll = (open) => { for (const svg of stacks) { svg.querySelectorAll(".card").forEach((card) => setOpen(card, open)); draw(svg); } };
byId("open").onclick = () => setAll(true);
byId("close").onclick = () => setAll(false);

function focus(svg, ids) {
  svg.classList.toggle("focus", ids.size > 0);
  svg.querySelectorAll(".row.hot").forEach((row) => row.classList.remove("hot"));
  for (const edge of svg.querySelectorAll(".edge")) {
    const hot = ids.has(edge.dataset.from) || ids.has(edge.dataset.to);
    edge.classList.toggle("hot", hot);
    for (const id of hot ? [edge.dataset.from, edge.dataset.to] : []) byId(id).classList.toggle("hot", byId(id).classList.contains("row"));
  }
}

for (const svg of stacks) {
  svg.addEventListener("click", (event) => {
    const head = event.target.closest(".head");
    if (!head) return;
    const card = head.closest(".card");
    setOpen(card, !isOpen(card));
    draw(svg);
  });
  svg.addEventListener("pointerover", (event) => {
    const row = event.target.closest(".row");
    const head = event.target.closest(".head");
    const ids = row ? [row.id] : head ? [head.parentNode.id, ...[...head.parentNode.querySelectorAll(".row")].map((each) => each.id)] : [];
    focus(svg, new Set(ids));
  });
  svg.addEventListener("pointerleave", () => focus(svg, new Set()));
}

byId("find").addEventListener("input", (event) => {
  const wanted = event.target.value.trim().toLowerCase();
  document.body.classList.toggle("filtered", wanted !== "");
  for (const svg of stacks) {
    let any = false;
    for (const row of svg.querySelectorAll(".row")) {
      const found = wanted !== "" && row.textContent.toLowerCase().includes(wanted);
      row.classList.toggle("found", found);
      if (found) setOpen(row.closest(".card"), true);
      any = any || found;
    }
    svg.closest("section").hidden = wanted !== "" && !any;
    draw(svg);
  }
});
`;

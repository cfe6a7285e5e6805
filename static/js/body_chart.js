// A body chart: tapping its figure ticks the list, and the figure shows what the list says. The list works without this.
const details = (chart, code) => chart.querySelector(`[data-row="${code}"] .body-details`);
const tick = (chart, code) => chart.querySelector(`[data-row="${code}"] .body-tick input`);
const changed = (input) => input.dispatchEvent(new Event("change", { bubbles: true }));

// The kinds and the intensity of a region are asked once it is ticked.
function ask(chart, code) {
  const box = tick(chart, code);
  const asked = details(chart, code);
  if (box.checked && !asked) {
    const words = box.getAttribute("aria-label");
    const copy = chart.querySelector("template").content.cloneNode(true);
    copy.querySelector("[aria-label]").setAttribute("aria-label", words);
    copy.querySelector(".body-for").textContent = words;
    copy.querySelectorAll("[name]").forEach((input) => (input.name = input.name.replace("__region__", code)));
    box.closest("[data-row]").append(copy);
  } else if (!box.checked && asked) {
    asked.remove();
  }
}

// The figure as the list has it: pattern, letters and intensity of a region, and how many are ticked under a heading.
function show(chart, code) {
  const box = tick(chart, code);
  const asked = box.checked && details(chart, code);
  const kinds = asked ? [...asked.querySelectorAll(":checked[type=checkbox]")].map((input) => input.value) : [];
  const shape = chart.querySelector(`[data-region="${code}"]`);
  const view = shape.parentElement.getAttribute("clip-path").slice(5, -1);
  shape.classList.toggle("is-marked", box.checked);
  if (kinds.length) shape.setAttribute("fill", `url(#${view}-${kinds[0]})`);
  else shape.removeAttribute("fill");
  const letters = kinds.map((kind) => chart.querySelector(`[data-pen="${kind}"]`).dataset.letter).join("") || "×";
  const intensity = asked ? asked.querySelector("select").value : "";
  chart.querySelector(`[data-letters="${code}"]`).textContent = box.checked ? `${letters} ${intensity}`.trim() : "";
  const group = box.closest("details");
  const count = group.querySelectorAll(".body-tick :checked").length;
  group.querySelector("[data-count]").textContent = count ? `(${count})` : "";
}

// A tap draws with the chosen pen; a second tap with the same pen takes it away again.
function draw(chart, code) {
  const pen = chart.querySelector("[data-pen][aria-pressed=true]").dataset.pen;
  const box = tick(chart, code);
  const first = !box.checked;
  box.closest("details").open = true;
  if (first) box.checked = true;
  ask(chart, code);
  const kinds = [...details(chart, code).querySelectorAll("[type=checkbox]")];
  const kind = kinds.find((input) => input.value === pen);
  kind.checked = first || !kind.checked;
  if (!kinds.some((input) => input.checked)) box.checked = false;
  ask(chart, code);
  changed(box);
}

document.addEventListener("change", (event) => {
  const chart = event.target.closest("[data-body-chart]");
  const row = chart && event.target.closest("[data-row]");
  if (!row) return;
  ask(chart, row.dataset.row);
  show(chart, row.dataset.row);
});

// The list as a chart that is stored elsewhere has it: `detail` is that chart, or null for nothing drawn.
function fill(chart, stored) {
  chart.querySelectorAll("[data-row]").forEach(({ dataset: { row: code } }) => {
    const mark = stored?.[code];
    tick(chart, code).checked = Boolean(mark);
    ask(chart, code);
    if (mark) {
      details(chart, code).querySelectorAll("[type=checkbox]").forEach((input) => (input.checked = mark.kinds.includes(input.value)));
      details(chart, code).querySelector("select").value = mark.intensity ?? "";
    }
    show(chart, code);
  });
}
document.addEventListener("fill-chart", (event) => fill(event.target, event.detail));

document.addEventListener("click", (event) => {
  const chart = event.target.closest("[data-body-chart]");
  if (!chart) return;
  const pen = event.target.closest("[data-pen]");
  const region = event.target.closest("[data-region]");
  if (pen) chart.querySelectorAll("[data-pen]").forEach((one) => one.setAttribute("aria-pressed", one === pen));
  if (region) draw(chart, region.dataset.region);
});

// In the list a letter goes to the next region whose name begins with it.
document.addEventListener("keydown", (event) => {
  const list = event.target.closest?.(".body-list");
  if (!list || !/^\p{L}$/u.test(event.key) || event.ctrlKey || event.metaKey || event.altKey) return;
  const boxes = [...list.querySelectorAll("details[open] .body-tick input")];
  const named = (box) => box.getAttribute("aria-label").toLowerCase().startsWith(event.key.toLowerCase());
  const after = boxes.indexOf(event.target.closest("[data-row]")?.querySelector(".body-tick input")) + 1;
  const found = [...boxes.slice(after), ...boxes.slice(0, after)].find(named);
  if (!found) return;
  event.preventDefault();
  found.focus();
});

document.querySelectorAll("[data-pens]").forEach((pens) => {
  pens.hidden = false;
  pens.closest("[data-body-chart]").classList.add("is-drawable");
});

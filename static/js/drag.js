// Dragging a visit to another place on the board: an extra beside the two clicks. It sends what the page of the move
// sends when a time is written down there, so a place that cannot be is refused there in the same words.
const form = document.querySelector("[data-drag]");
const board = form && document.querySelector(".board");
let visit = null;
let over = null;

function mark(cell) {
  over?.classList.remove("drop-here");
  over = cell;
  over?.classList.add("drop-here");
}

function move(cell) {
  const [at, whose] = cell.dataset.at.split(" ");
  const [day, time = visit.dataset.time] = at.split("T");
  const { version, who } = visit.dataset;
  const room = form.dataset.drag === "room";
  const sent = room ? { place: `${day}T${time} ${who} ${whose} ${form.dataset.location}` } : { day, time, practitioner: whose };
  Object.entries({ version, ...sent }).forEach(([name, value]) => (form.elements[name].value = value));
  form.action = visit.querySelector(".visit-move").href;
  form.submit();
}

board?.querySelectorAll(".visit[data-version]").forEach((each) => {
  each.draggable = true;
  each.querySelectorAll("a").forEach((link) => (link.draggable = false)); // the card is dragged, also by its name
});
board?.addEventListener("dragstart", (event) => {
  visit = event.target.closest(".visit[data-version]");
  if (!visit) return;
  event.dataTransfer.effectAllowed = "move";
  event.dataTransfer.setData("text/plain", "");
});
board?.addEventListener("dragover", (event) => {
  const cell = visit && event.target.closest("td[data-at]");
  mark(cell);
  if (cell) event.preventDefault();
});
board?.addEventListener("drop", (event) => {
  const cell = visit && event.target.closest("td[data-at]");
  if (!cell) return;
  event.preventDefault();
  if (cell !== visit.closest("td")) move(cell);
});
board?.addEventListener("dragend", () => {
  mark(null);
  visit = null;
});

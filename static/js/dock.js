// The telephone by keyboard: Alt+V goes to it; with the places in focus 1, 2 and 3 book, and v shows the next three.
document.addEventListener("keydown", (event) => {
  const field = event.altKey && !event.ctrlKey && event.key === "v" && document.querySelector("[data-dock]");
  if (!field) return;
  event.preventDefault();
  const fold = field.closest("details");
  if (fold) fold.open = true;
  field.focus();
});

const list = document.querySelector("[data-dock-options]");
const options = list ? [...list.querySelectorAll(".dock-option")] : [];
let sent = false;

list?.addEventListener("keydown", (event) => {
  if (event.altKey || event.ctrlKey || event.metaKey || event.repeat || sent) return;
  const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  const at = options.indexOf(document.activeElement);
  if (step) {
    event.preventDefault();
    options[(at + step + options.length) % options.length].focus();
    return;
  }
  const chosen = event.key === "v" ? document.querySelector("[data-dock-next]") : options["123".indexOf(event.key)];
  if (!chosen) return;
  sent = true;
  chosen.click();
});

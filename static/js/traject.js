// What the pages gain when a script may run. Everything works without it.

// A summary of errors takes the focus, so that a screen reader starts there.
document.querySelector(".error-summary")?.focus();

// Ctrl+K (or Cmd+K) goes to the search for a patient.
document.addEventListener("keydown", (event) => {
  const search = document.querySelector("[data-search]");
  if (search && event.key === "k" && (event.ctrlKey || event.metaKey)) {
    event.preventDefault();
    search.focus();
  }
});

// Alt+N goes to what starts something new on this page, Alt+J to the next step it asks for.
document.addEventListener("keydown", (event) => {
  const where = event.altKey && !event.ctrlKey && !event.metaKey && { n: "[data-new]", j: "[data-next-step]" }[event.key];
  const steps = where ? [...document.querySelectorAll(where)].filter((each) => each.checkVisibility()) : [];
  if (!steps.length) return;
  event.preventDefault();
  (steps.find((each) => document.activeElement.compareDocumentPosition(each) & Node.DOCUMENT_POSITION_FOLLOWING) ?? steps[0]).focus();
});

// An open menu closes with Escape, and when something else is clicked.
document.addEventListener("keydown", (event) => {
  const menu = event.key === "Escape" && document.querySelector("details.menu[open]");
  if (menu) {
    menu.open = false;
    menu.querySelector("summary").focus();
  }
});
document.addEventListener("click", (event) => {
  document.querySelectorAll("details.menu[open]").forEach((menu) => {
    if (!menu.contains(event.target)) menu.open = false;
  });
});

// A score is typed as well as chosen: 7, or 1 and then 0 for ten.
let typed = "";
let typedAt = 0;
document.addEventListener("keydown", (event) => {
  const score = /^[0-9]$/.test(event.key) && event.target.closest?.(".score");
  if (!score) return;
  typed = event.timeStamp - typedAt < 1000 ? typed + event.key : event.key;
  typedAt = event.timeStamp;
  const option = [typed, event.key].map((value) => score.querySelector(`[value="${value}"]`)).find(Boolean);
  if (option && !option.checked) option.click();
  option?.focus();
});

document.querySelectorAll("[data-print]").forEach((button) => {
  button.hidden = false;
  button.addEventListener("click", () => window.print());
});

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

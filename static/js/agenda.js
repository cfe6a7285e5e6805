// The board by keyboard: the free places are one stop of the tab key, and the arrow keys walk between them.
const board = document.querySelector(".board-moving");
const places = board ? [...board.querySelectorAll(".place")] : [];

function only(place) {
  places.forEach((each) => (each.tabIndex = each === place ? 0 : -1));
}

// The nearest place in a direction: what lies in it counts once, what lies beside it three times.
function beyond(from, [right, down]) {
  const middle = (each) => {
    const box = each.getBoundingClientRect();
    return [box.left + box.width / 2, box.top + box.height / 2];
  };
  const [x, y] = middle(from);
  let nearest = null;
  let least = Infinity;
  places.forEach((each) => {
    const [left, top] = middle(each);
    const along = (left - x) * right + (top - y) * down;
    const beside = Math.abs((left - x) * down) + Math.abs((top - y) * right);
    if (along > 4 && along + 3 * beside < least) [nearest, least] = [each, along + 3 * beside];
  });
  return nearest;
}

const DIRECTIONS = { ArrowRight: [1, 0], ArrowLeft: [-1, 0], ArrowDown: [0, 1], ArrowUp: [0, -1] };

if (places.length) {
  only(places[0]);
  board.addEventListener("focusin", (event) => event.target.matches(".place") && only(event.target));
  board.addEventListener("keydown", (event) => {
    const direction = DIRECTIONS[event.key];
    if (!direction || !event.target.matches(".place") || event.altKey || event.ctrlKey || event.metaKey) return;
    event.preventDefault();
    beyond(event.target, direction)?.focus();
  });
}

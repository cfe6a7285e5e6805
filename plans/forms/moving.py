"""Adding, removing and moving rows of a form by its buttons: what was typed, with the rows in another order.

A button says where and what: "phases add", "phases-1 up", "phases-0-techniques-2 remove". Rows are named as Django's
formsets name them, so what stands within a row goes with it.
"""

import re
from collections.abc import Callable

from django.http import QueryDict

BUTTON = "rows"  # what every button is called
STAY = "stay"  # send the page, and nothing else
Order = list[int | None]  # the numbers of the rows as they were; None for a new one


def _added(order: Order, _row: int) -> tuple[Order, int]:
    return [*order, None], len(order)


def _removed(order: Order, row: int) -> tuple[Order, int]:
    return order[:row] + order[row + 1 :], min(row, len(order) - 2)


def _moved(step: int) -> Callable[[Order, int], tuple[Order, int]]:
    def moved(order: Order, row: int) -> tuple[Order, int]:
        other = row + step
        if 0 <= other < len(order):
            order[row], order[other] = order[other], order[row]
            return order, other
        return order, row

    return moved


ACTS = {"add": _added, "remove": _removed, "up": _moved(-1), "down": _moved(1)}


def rearranged(typed: QueryDict, most: int) -> tuple[QueryDict, str]:
    """What was typed after what the button asks, and the row that it was about ("phases-1"), or else the rows.

    Never more than `most` rows. What no button of ours asks changes nothing.
    """
    found = re.fullmatch(r"(?P<rows>[\w-]+?)(-(?P<row>\d{1,3}))? (?P<act>\w+)", typed.get(BUTTON, ""))
    if not found or found["act"] not in ACTS:
        return typed, ""
    rows, row = found["rows"], int(found["row"] or 0)
    total = typed.get(f"{rows}-TOTAL_FORMS", "")
    known = int(total) if re.fullmatch(r"\d{1,3}", total) else 0
    if (found["act"] == "add" and known >= most) or (found["act"] != "add" and row >= known):
        return typed, rows
    order, at = ACTS[found["act"]](list(range(known)), row)
    return _in_order(typed, rows, order), f"{rows}-{at}" if order else rows


def _in_order(typed: QueryDict, rows: str, order: Order) -> QueryDict:
    """What was typed, with the rows in this order."""
    done = QueryDict(mutable=True)
    new_place = {old: new for new, old in enumerate(order) if old is not None}
    for name, values in typed.lists():
        found = re.match(rf"{re.escape(rows)}-(\d+)-", name)
        if not found:
            done.setlist(name, values)
        elif int(found[1]) in new_place:
            done.setlist(f"{rows}-{new_place[int(found[1])]}-{name[found.end() :]}", values)
    done[f"{rows}-TOTAL_FORMS"] = str(len(order))
    return done

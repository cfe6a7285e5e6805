"""Tell whether the access log is still what was written."""

from django.core.management.base import BaseCommand, CommandError, CommandParser

from practice.domain.chain import first_break
from practice.models import AccessEvent


class Command(BaseCommand):
    help = "Verify the hash chain of the access log and name the first broken row."

    def add_arguments(self, parser: CommandParser) -> None:
        """Accept a head that was noted earlier, to notice that the newest rows were removed."""
        parser.add_argument("--head", default="", help="an earlier head that must still be there, SEQUENCE:HASH")

    def handle(self, *args: object, head: str, **options: object) -> None:
        """Walk the chain from its start; exits with an error at the first break."""
        sealed = AccessEvent.objects.sealed()
        broken = first_break(row.link() for row in sealed.iterator(chunk_size=2000))
        if broken:
            row = sealed.filter(sequence=broken.sequence).values_list("id", flat=True).first()
            raise CommandError(f"The access log is broken at sequence {broken.sequence} (row {row}): {broken.reason}.")
        if head and not sealed.filter(**_noted(head)).exists():
            raise CommandError(f"The access log is broken: what was noted as {head} is not in it.")
        last = sealed.last()
        self.stdout.write(
            f"The access log is whole: head {last.sequence}:{last.hash}." if last else "Nothing is sealed."
        )
        self.stdout.write(f"Rows that wait for their seal: {AccessEvent.objects.unsealed().count()}.")


def _noted(head: str) -> dict[str, object]:
    sequence, _, row_hash = head.partition(":")
    if not (sequence.isdigit() and row_hash):
        raise CommandError("--head is written as SEQUENCE:HASH.")
    return {"sequence": int(sequence), "hash": row_hash}

"""Everything that grows on a person: hair, brows, lashes, beards; and how it follows the head."""

from mien.capture.synthetic.strands.growing import grow as grow

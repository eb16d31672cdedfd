"""`mien capture`: bring captures in, make them up, look them over, and take them out."""

from mien.cli.capture.check import check
from mien.cli.capture.export import export
from mien.cli.capture.importing import import_
from mien.cli.capture.info import info
from mien.cli.capture.synthesize import synthesize

ACTIONS = {
    "import": import_,
    "synthesize": synthesize,
    "info": info,
    "check": check,
    "export": export,
}

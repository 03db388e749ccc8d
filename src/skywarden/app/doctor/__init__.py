"""Settings to findings: what of an installation works, what does not, and what would mend it."""

from skywarden.app.doctor.examine import examine
from skywarden.app.doctor.finding import Finding, Verdict

__all__ = ["Finding", "Verdict", "examine"]

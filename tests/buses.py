"""Message buses of a test's own, with nobody on them."""

from __future__ import annotations

import subprocess
from pathlib import Path

# No folders of services: nothing is started in answer to a call.
CONFIGURATION = """<busconfig><type>session</type><listen>{address}</listen>
<policy context="default"><allow user="*"/><allow send_destination="*" eavesdrop="true"/>
<allow eavesdrop="true"/><allow own="*"/></policy></busconfig>"""


class Bus:
    """A real bus at an address that stays the same when it is stopped and started again."""

    def __init__(self, folder: Path) -> None:
        self.address = f"unix:path={folder}/bus"
        self._configuration = folder / "bus.conf"
        self._configuration.write_text(CONFIGURATION.format(address=self.address))
        self.start()

    def start(self) -> None:
        command = ["dbus-daemon", f"--config-file={self._configuration}", "--print-address"]
        self.process = subprocess.Popen([*command, "--nofork"], stdout=subprocess.PIPE)
        assert self.process.stdout
        assert self.process.stdout.readline()

    def stop(self) -> None:
        self.process.terminate()
        self.process.wait(5)
        assert self.process.stdout
        self.process.stdout.close()

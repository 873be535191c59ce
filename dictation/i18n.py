"""The one door for words that people read; catalogues hang in here."""

from __future__ import annotations

import gettext

_ = gettext.NullTranslations().gettext

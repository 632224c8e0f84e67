# Copyright (c) 2026, the foresight.netslice maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Sphinx's configuration for the site that `make docs` builds: the reference by antsibull-docs, and docs/*.md as guides."""
from __future__ import annotations

project = title = html_short_title = "foresight.netslice"
author = "The foresight.netslice maintainers"
root_doc = "home"
extensions = ["sphinx_antsibull_ext", "myst_parser"]
myst_heading_anchors = 3
pygments_style = "ansible"
highlight_language = "YAML+Jinja"
html_theme = "sphinx_ansible_theme"
html_show_sphinx = html_use_index = html_copy_source = False
default_role = "any"
nitpicky = True
# Built without a network: what ansible-core and other collections document is named, and not linked.
nitpick_ignore_regex = [("envvar", r"ANSIBLE_.*")]
suppress_warnings = ["ref.ref"]

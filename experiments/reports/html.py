"""Pages of reports: one style, one frame, tables and figures inside the page, so that no request leaves it."""

import base64
from collections.abc import Iterable
from html import escape
from pathlib import Path

STYLE = """
:root{--ink:#222;--soft:#666;--line:#ddd;--accent:#b4470f}
*{box-sizing:border-box}
body{margin:0;color:var(--ink);background:#fff;font:17px/1.55 Georgia,'Times New Roman',serif}
main{max-width:64rem;margin:0 auto;padding:2.5rem 1.25rem 5rem}
h1{font-size:2.1rem;line-height:1.15;margin:.2rem 0 1rem;text-wrap:balance}
h2{font-size:1.3rem;margin:2.8rem 0 .6rem}
p,li{max-width:46rem}
.kicker,figcaption,table,.note,code{font-family:system-ui,sans-serif}
.kicker{color:var(--accent);font-size:.85rem;letter-spacing:.04em;text-transform:uppercase}
.answer{border-left:4px solid var(--accent);padding:.2rem 0 .2rem 1.2rem;margin:1.4rem 0}
.answer p{margin:.5rem 0}
figure{margin:1.6rem 0}
img{max-width:100%;height:auto;display:block}
figcaption,.note{font-size:.85rem;color:var(--soft);max-width:46rem}
.scroll{overflow-x:auto}
table{border-collapse:collapse;font-size:.82rem;font-variant-numeric:tabular-nums}
th,td{padding:.3rem .7rem;border-bottom:1px solid var(--line);text-align:right;white-space:nowrap}
th:first-child,td:first-child{text-align:left;white-space:normal;min-width:14rem}
thead th{border-bottom:2px solid var(--ink);vertical-align:bottom;white-space:normal}
td.clear{font-weight:650}
summary{font:600 1.1rem system-ui,sans-serif;cursor:pointer;margin:1.6rem 0 .6rem}
@media print{details::details-content{content-visibility:visible;display:block}}
code{font-size:.85em;background:#f5f3f0;padding:.1em .3em;border-radius:3px;overflow-wrap:anywhere}
"""


def document(title: str, kicker: str, body: str) -> str:
    """A whole page; ``body`` is HTML, the others are text."""
    return f"""<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width,initial-scale=1">
<title>{escape(title)}</title><style>{STYLE}</style></head><body><main>
<p class="kicker">{escape(kicker)}</p>
{body}
</main></body></html>
"""


def table(head: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    """A table that scrolls sideways where it must; cells are HTML, a whole ``<td>`` where they say so themselves."""
    names = "".join(f"<th>{name}</th>" for name in head)
    body = "".join(
        f"<tr>{''.join(cell if cell.startswith('<td') else f'<td>{cell}</td>' for cell in row)}</tr>" for row in rows
    )
    return f'<div class="scroll"><table><thead><tr>{names}</tr></thead><tbody>{body}</tbody></table></div>'


def paragraphs(*texts: str) -> str:
    """A paragraph for each text."""
    return "".join(f"<p>{escape(text)}</p>" for text in texts)


def folded(title: str, body: str) -> str:
    """A part of a page that a click opens; open in print."""
    return f"<details><summary>{escape(title)}</summary>{body}</details>"


def embedded(path: Path, caption: str) -> str:
    """A figure of the page, the picture inside it."""
    data = base64.b64encode(path.read_bytes()).decode()
    return (
        f'<figure><img alt="{escape(caption)}" src="data:image/png;base64,{data}">'
        f"<figcaption>{escape(caption)}</figcaption></figure>"
    )

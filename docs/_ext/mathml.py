"""Equations as MathML, which browsers draw themselves: pages need no script and no network."""

from html import escape

from docutils import nodes
from latex2mathml.converter import convert


def inline(writer, node):
    writer.body.append(convert(node.astext()))
    raise nodes.SkipNode


def display(writer, node):
    """An equation and, at the right, its label: the code by which parameters and functions name it."""
    label = f'<a class="eqno" href="#{escape(node["ids"][0])}">({escape(node["label"])})</a>' if node["label"] else ""
    writer.body.append(writer.starttag(node, "div", CLASS="equation"))
    writer.body.append(convert(node.astext(), display="block") + label + "</div>")
    raise nodes.SkipNode


def setup(app):
    app.add_html_math_renderer("mathml", inline_renderers=(inline, None), block_renderers=(display, None))
    return {"parallel_read_safe": True, "parallel_write_safe": True}

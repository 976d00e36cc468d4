"""Pictures: each kind is a module that computes where things lie, and a template of the same name that draws them.

They are SVG within the page, by presentation attributes only, so the page's policy holds and the same picture stands
alone in a printed file. Meaning is never in colour alone, every point says itself in a title, and a table of the same
figures stands beneath. A picture is drawn from what the report shows: what is hidden there has no place in it.
"""

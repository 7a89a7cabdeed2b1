"""What the query language can say, by example: for the help of the search page and the docs."""

EXAMPLES = (
    ("graph neural networks", "any of the words, in titles, abstracts and authors; and what means "
     "the same"),
    ('"chain of thought"', "words that stand just so"),
    ("transform*", "words that begin so"),
    ("transfromer~", "words that are spelt nearly so"),
    ("ti:attention", "in the title; abs: in the abstract, venue: in where it appeared"),
    ("au:lecun_y", 'by this author; au:"Y. LeCun", au:"Yann LeCun" and au:lecun too'),
    ("cat:cs.CL", "of this arXiv category; cat:cs.* of all that begin so"),
    ("source:huggingface", "that this source told of"),
    ("id:1706.03762", "with this id; doi: with this DOI"),
    ("date:2024-05..2024-07", "of these months; date:2025, date:..2024, date:>2024-05-17 too"),
    ("has:code", "with a link to code; has:abstract, has:data, has:project …"),
    ("votes:>10", "with more votes than that in a listing; votes:10..20 too"),
    ("diffusion -survey", "not with this word; NOT survey and ANDNOT survey are the same"),
    ("vision AND language", "with both words"),
    ("(robot OR drone) landing", "with either of the two words, and best with the third"),
    ('ti:"deep learning" ANDNOT cat:cs.CL', "what arXiv understands works as it is"),
    ("submittedDate:[202301010600 TO 202401010600]", "its dates too"),
)  # fmt: skip

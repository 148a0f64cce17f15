"""The staff's screens: a folder each, forms that are posted, no script. What they show is read through queries, what
they do is done by actions; no view saves anything itself. Must not know the buyer's pages or the API.
"""

"""The buyer's own pages, opened by the signed links of his letters: answer a question, unsubscribe, choose what comes.

A GET shows, only a POST acts; no page needs a login, a cookie or a script. Before a POST nothing stands there that
names the reader. Must not know the staff's screens.
"""

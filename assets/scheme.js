// The scheme page's editor; the page works without it, in a plain text field.

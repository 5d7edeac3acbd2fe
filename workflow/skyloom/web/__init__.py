"""Pages for people: the review of labels. They look at files only."""

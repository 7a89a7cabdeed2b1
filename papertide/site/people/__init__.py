"""The people around papers: who they are here, what they collect, follow and wrote."""

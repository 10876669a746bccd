"""Speed: one file per question, each prints its floor, ours and the ratio from the same run."""

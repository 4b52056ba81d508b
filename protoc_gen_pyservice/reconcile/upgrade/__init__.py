"""Projects of 0.1 and 0.2: their framework code is a package of ours now, and what people wrote follows it."""

"""What the tests share: the compiler as a child process, the cases, goldens and running servers."""

"""Labels of mail pieces: printings, batches, what is void, numbers that were replaced."""

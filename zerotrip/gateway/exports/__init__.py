"""Cases and their mail in the words of GB/T 39046-2020: tables, files, and the push to the provincial portal."""

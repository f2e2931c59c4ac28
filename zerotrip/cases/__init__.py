"""Cases 办件: lifecycle, legal and promised clocks, visits, and how papers and results travel."""

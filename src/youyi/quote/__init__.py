"""Quote: the whole question of a firm, from bill and invoice to duties, papers and plans."""

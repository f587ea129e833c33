"""What there is to look at: records, results and maps gathered for pages and pictures. No HTML, no plotting library."""

"""What the tests share: checkouts, machines reached by ssh, what waits and kills, the course as tests see it."""

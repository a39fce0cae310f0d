"""What is true: treaties and tariffs as dated, cited data, and the rulebook that answers from one release of it."""

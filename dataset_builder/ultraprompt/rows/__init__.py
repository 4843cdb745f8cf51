"""What finished trees become: pairs, typed rows, the best instructions. Trees come from `search`."""

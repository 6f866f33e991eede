"""Plastic connections with a trace, differentiable: one contract, kept plainly and with little memory."""

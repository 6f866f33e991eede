"""Mixing: how much of each channel's input is believed, how much of the expectation.

settings    what can be set
judging     what each channel should read by the others; spikes and stuck sensors, by two kernels
gains       how much of an ordinary reading is believed: precision, fixed, gate, off
weighing    both joined into a Mixture
errors      the size of errors and the sensor's noise
memory      what is remembered of errors beyond that
"""

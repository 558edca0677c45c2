"""Dense layers, backpropagation and update rules, in NumPy alone.

`plain.py` is all of it in four short functions, and the place to begin; `network.py` computes the
same in arrays that are made once, with the choices of the other files.
"""

"""Turn a contiguous buffer of frames into columns by compiled kernels: for history, where frames come in thousands.

Import it only where it is used: numba takes 100 MB and seconds, and the first call compiles for half a minute.
"""

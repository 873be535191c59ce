"""Windows' own calls, each as plain and typed as can be; what they are for is decided elsewhere.

Every raw call to Windows is in this folder. It imports anywhere; MissingPart comes at the first use
on another system.
"""

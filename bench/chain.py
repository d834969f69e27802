"""The peer of bench/chain.ts: SNV, Savitzky-Golay 2nd derivative, MSC on a stored reference and linear resampling, one spectrum a call.

Reads {"spectra": [[...]], "reference": [...], "axis": [...], "grid": [...], "window", "poly", "rounds", "seconds"} from standard input and
prints {"plain", "tuned", "output"}: spectra per CPU-second (the best round) of the functions that numpy and scipy offer for it and of the
same with kernel, closed-form fit and interpolation weights computed once; and what the first spectrum became."""
import json
import sys
import time

import numpy as np
from scipy.signal import savgol_coeffs, savgol_filter


def plain(job):
    reference, axis, grid = (np.array(job[key]) for key in ("reference", "axis", "grid"))
    window, poly = job["window"], job["poly"]

    def run(x):
        x = (x - x.mean()) / x.std()
        x = savgol_filter(x, window, poly, deriv=2)
        slope, offset = np.polyfit(reference, x, 1)
        x = (x - offset) / slope
        return np.interp(grid, axis, x)

    return run


def tuned(job):
    reference, axis, grid = (np.array(job[key]) for key in ("reference", "axis", "grid"))
    window, poly = job["window"], job["poly"]
    half = window // 2
    kernel = savgol_coeffs(window, poly, deriv=2, use="dot")
    positions = np.arange(window)
    start, end = (np.array([savgol_coeffs(window, poly, deriv=2, pos=p, use="dot") for p in at]) for at in (positions[:half], positions[-half:]))
    centred = reference - reference.mean()
    squares, mean = centred @ centred, reference.mean()
    at = np.clip(np.searchsorted(axis, grid, side="right") - 1, 0, len(axis) - 2)
    part = (grid - axis[at]) / (axis[at + 1] - axis[at])

    def run(x):
        x = x - x.mean()
        x /= np.sqrt(x @ x / len(x))
        y = np.empty_like(x)
        y[half:-half] = np.correlate(x, kernel, "valid")
        y[:half] = start @ x[:window]
        y[-half:] = end @ x[-window:]
        slope = (centred @ y) / squares
        y -= y.mean() - slope * mean
        y /= slope
        return y[at] + part * (y[at + 1] - y[at])

    return run


def best(run, spectra, rounds, seconds):
    rates = []
    for _ in range(rounds):
        begin, done = time.process_time(), 0
        while time.process_time() - begin < seconds:
            for x in spectra:
                run(x)
            done += len(spectra)
        rates.append(done / (time.process_time() - begin))
    return max(rates)


def main():
    job = json.load(sys.stdin)
    spectra = [np.array(x) for x in job["spectra"]]
    ways = {"plain": plain(job), "tuned": tuned(job)}
    print(json.dumps({**{name: best(run, spectra, job["rounds"], job["seconds"]) for name, run in ways.items()},
                      "output": ways["plain"](spectra[0]).tolist()}))


main()

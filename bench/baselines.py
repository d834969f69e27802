"""The peer of bench/baselines.ts: asls, airpls and arpls on LAPACK's banded solver, tuned, one spectrum a call.

Reads {"spectra": [[...]], "methods": {name: {lam, p?, max_iter, tol}}, "rounds", "seconds"} from standard input and prints, for each
method, spectra per CPU-second (the best round) and the first baseline. Second differences and stop rules as in the golden vectors."""
import json
import sys
import time

import numpy as np
from scipy.linalg import solveh_banded
from scipy.special import expit


def penalty(n, lam):
    """lam D'D for second differences: lower bands, as solveh_banded takes them."""
    d = np.diff(np.eye(n), 2, axis=0)
    full = lam * (d.T @ d)
    bands = np.zeros((3, n))
    for k in range(3):
        bands[k, : n - k] = np.diagonal(full, -k)
    return bands


class Method:
    def __init__(self, n, lam, max_iter, tol, p=None):
        self.bands = penalty(n, lam)
        self.work = np.empty_like(self.bands)
        self.rounds, self.tol, self.p, self.n = max_iter + 1, tol, p, n

    def solve(self, w, y):
        np.copyto(self.work, self.bands)
        self.work[0] += w
        return solveh_banded(self.work, w * y, overwrite_ab=True, overwrite_b=True, lower=True, check_finite=False)

    def settled(self, old, new):
        return np.linalg.norm(new - old) < self.tol * np.linalg.norm(old)

    def asls(self, y):
        w = np.ones(self.n)
        for _ in range(self.rounds):
            z = self.solve(w, y)
            new = np.where(y > z, self.p, 1 - self.p)
            if self.settled(w, new):
                break
            w = new
        return z

    def airpls(self, y):
        w = np.ones(self.n)
        size = np.abs(y).sum()
        for i in range(1, self.rounds + 1):
            z = self.solve(w, y)
            d = y - z
            below = d < 0
            short = d[below]
            if short.size < 2:
                break
            depth = short.sum()
            if -depth < self.tol * size:
                break
            w = np.zeros(self.n)
            w[below] = np.exp(min(i, 50) / depth * short)
        return z

    def arpls(self, y):
        w = np.ones(self.n)
        for _ in range(self.rounds):
            z = self.solve(w, y)
            d = y - z
            short = d[d < 0]
            if short.size < 2:
                break
            s = short.std(ddof=1)
            new = expit(-2 / s * (d - (2 * s - short.mean())))
            if self.settled(w, new):
                break
            w = new
        return z


def rate(run, spectra, rounds, seconds):
    best = 0.0
    for _ in range(rounds):
        done, start = 0, time.process_time()
        while time.process_time() - start < seconds:
            for y in spectra:
                run(y)
            done += len(spectra)
        best = max(best, done / (time.process_time() - start))
    return best


job = json.load(sys.stdin)
spectra = np.array(job["spectra"])
answer = {}
for name, parameters in job["methods"].items():
    run = getattr(Method(spectra.shape[1], **parameters), name)
    first = run(spectra[0]).tolist()
    answer[name] = {"perCpuS": rate(run, spectra, job["rounds"], job["seconds"]), "baseline": first}
json.dump(answer, sys.stdout)

"""Recordings of kinds of programs that the others do not have: `python make_rarer.py JOB OUT_DIR`, as make.py.

Evolution, matrix factorisation, topic and mixture models, Boltzmann machines, optimisers without a model.
"""

from __future__ import annotations

import random

from make import Truth, _digits, job, main


@job
def deap_evolution():
    import deap
    from deap import algorithms, base, creator, tools

    random.seed(3)
    creator.create("Fitness", base.Fitness, weights=(1.0,))
    creator.create("Individual", list, fitness=creator.Fitness)
    toolbox = base.Toolbox()
    toolbox.register("bit", random.randint, 0, 1)
    toolbox.register("individual", tools.initRepeat, creator.Individual, toolbox.bit, 40)
    toolbox.register("population", tools.initRepeat, list, toolbox.individual)
    toolbox.register("evaluate", lambda individual: (sum(individual) / 40,))
    toolbox.register("mate", tools.cxTwoPoint)
    toolbox.register("mutate", tools.mutFlipBit, indpb=0.05)
    toolbox.register("select", tools.selTournament, tournsize=3)
    figures = tools.Statistics(lambda individual: individual.fitness.values[0])
    figures.register("mean_fitness", lambda values: round(sum(values) / len(values), 5))
    figures.register("max_fitness", max)
    _, book = algorithms.eaSimple(toolbox.population(n=30), toolbox, 0.5, 0.2, 15, stats=figures, verbose=True)
    truth = Truth(f"DEAP {deap.__version__} eaSimple, logbook")
    for name in ("mean_fitness", "max_fitness"):
        truth.add(name, *book.select(name))
    return truth


@job
def implicit_als():
    import implicit
    import numpy as np
    from implicit.als import AlternatingLeastSquares
    from scipy.sparse import random as random_matrix

    losses = []
    model = AlternatingLeastSquares(
        factors=8, iterations=12, calculate_training_loss=True, random_state=1, num_threads=1, use_gpu=False
    )
    model.fit_callback = None
    matrix = random_matrix(120, 80, density=0.1, format="csr", random_state=1, dtype=np.float32)
    model.fit(matrix, callback=lambda *figures: losses.append(figures[-1]))
    truth = Truth(f"implicit {implicit.__version__} AlternatingLeastSquares")
    truth.add("loss", *losses)
    return truth


@job
def sklearn_rbm():
    import sklearn
    from sklearn.neural_network import BernoulliRBM

    class Scored(BernoulliRBM):
        """Keeps what it prints: the score of each iteration, which the library does not keep."""

        scores = []

        def score_samples(self, x):
            found = super().score_samples(x)
            self.scores.append(found.mean())
            return found

    x, _, _, _ = _digits()
    Scored(n_components=16, n_iter=10, verbose=1, random_state=0).fit(x)
    truth = Truth(f"scikit-learn {sklearn.__version__} BernoulliRBM")
    truth.add("pseudo-likelihood", *Scored.scores)
    return truth


@job
def sklearn_topics():
    import sklearn
    from sklearn.decomposition import LatentDirichletAllocation

    x, _, _, _ = _digits()
    values = []

    class Kept(LatentDirichletAllocation):
        def _perplexity_precomp_distr(self, *arguments, **named):
            values.append(super()._perplexity_precomp_distr(*arguments, **named))
            return values[-1]

    model = Kept(6, max_iter=10, evaluate_every=1, verbose=1, n_jobs=1, random_state=0, learning_method="batch")
    model.fit((16 * x[:200]).round())
    truth = Truth(f"scikit-learn {sklearn.__version__} LatentDirichletAllocation")
    truth.add("perplexity", *values[:10])
    return truth


@job
def sklearn_mixture():
    import sklearn
    from sklearn.mixture import GaussianMixture

    class Kept(GaussianMixture):
        """Keeps the change of the lower bound, which it prints and does not keep."""

        bounds = []

        def _compute_lower_bound(self, shares, norm):
            self.bounds.append(super()._compute_lower_bound(shares, norm))
            return self.bounds[-1]

    x, _, _, _ = _digits()
    model = Kept(4, verbose=2, verbose_interval=1, max_iter=12, tol=1e-9, random_state=0, covariance_type="diag")
    model.fit(x[:300])
    truth = Truth(f"scikit-learn {sklearn.__version__} GaussianMixture verbose=2")
    truth.add("ll_change", *(b - a for a, b in zip(model.bounds, model.bounds[1:])))  # noqa: B905, RUF007
    return truth


@job
def scipy_evolution():
    import scipy
    from scipy.optimize import differential_evolution

    values = []

    def kept(intermediate_result):
        values.append(intermediate_result.fun)

    def valley(x):
        return sum(100 * (b - a * a) ** 2 + (1 - a) ** 2 for a, b in zip(x, x[1:]))  # noqa: B905, RUF007

    differential_evolution(valley, [(-2, 2)] * 4, maxiter=20, disp=True, seed=1, callback=kept, polish=False)
    truth = Truth(f"SciPy {scipy.__version__} differential_evolution disp=True")
    truth.add("f(x)", *values)
    return truth


if __name__ == "__main__":
    main()

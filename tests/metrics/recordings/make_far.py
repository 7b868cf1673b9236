"""Recordings of simulation, optimisation and reinforcement learning: `python make_far.py JOB OUT_DIR`, as make.py.

A CSV whose heading is a comment, rows behind a name, headings with colons, counts in a line of stars, words in cells.
"""

from __future__ import annotations

import os
import random
import sys

from make import Truth, job, main


@job
def openmm_csv():
    import numpy as np
    import openmm
    from openmm import app, unit

    topology, system, bonds = app.Topology(), openmm.System(), openmm.HarmonicBondForce()
    residue = topology.addResidue("X", topology.addChain())
    for i in range(20):
        topology.addAtom("C", app.Element.getBySymbol("C"), residue)
        system.addParticle(12.0)
        if i:
            bonds.addBond(i - 1, i, 0.15, 1000.0)
    system.addForce(bonds)
    integrator = openmm.LangevinMiddleIntegrator(300 * unit.kelvin, 1 / unit.picosecond, 0.002 * unit.picoseconds)
    integrator.setRandomNumberSeed(1)
    simulation = app.Simulation(topology, system, integrator, openmm.Platform.getPlatformByName("Reference"))
    simulation.context.setPositions(np.cumsum(np.random.default_rng(1).random((20, 3)) * 0.15, axis=0))
    truth = Truth(f"OpenMM {openmm.__version__} StateDataReporter")

    class Kept:
        def describeNextReport(self, _):  # noqa: N802  OpenMM's name
            return (1000 - simulation.currentStep % 1000, False, False, False, True)

        def report(self, _, state):
            potential, kinetic = state.getPotentialEnergy()._value, state.getKineticEnergy()._value
            truth.add("Potential_Energy_(kJ/mole)", potential)
            truth.add("Total_Energy_(kJ/mole)", potential + kinetic)
            truth.add("Temperature_(K)", 2 * kinetic / (3 * 20 * unit.MOLAR_GAS_CONSTANT_R._value / 1000))

    columns = {"step": True, "potentialEnergy": True, "totalEnergy": True, "temperature": True, "remainingTime": True}
    told = app.StateDataReporter(sys.stdout, 1000, progress=True, totalSteps=20000, **columns)
    simulation.reporters += [told, Kept()]
    simulation.step(20000)
    return truth


@job
def ase_optimizer():
    import ase
    from ase.build import bulk
    from ase.calculators.emt import EMT
    from ase.optimize import BFGS, FIRE

    truth = Truth(f"ASE {ase.__version__} BFGS, FIRE")
    atoms = bulk("Cu", cubic=True) * (2, 2, 2)
    atoms.rattle(0.2, seed=1)
    atoms.calc = EMT()
    for optimizer in (BFGS(atoms), FIRE(atoms)):

        def keep():
            truth.add("Energy", atoms.get_potential_energy())
            truth.add("fmax", max((atoms.get_forces() ** 2).sum(1)) ** 0.5)

        optimizer.attach(keep)
        optimizer.run(fmax=0.05, steps=20)
        atoms.rattle(0.2, seed=2)
    return truth


@job
def neat_generations():
    import tempfile
    from importlib.metadata import version

    import neat

    random.seed(1)
    with tempfile.NamedTemporaryFile("w", suffix=".cfg") as file:
        file.write(NEAT)
        file.flush()
        config = neat.Config(
            neat.DefaultGenome, neat.DefaultReproduction, neat.DefaultSpeciesSet, neat.DefaultStagnation, file.name
        )
    truth = Truth(f"neat-python {version('neat-python')} StdOutReporter")
    inputs = [(0.0, 0.0), (0.0, 1.0), (1.0, 0.0), (1.0, 1.0)]

    def evaluate(genomes, config):
        for _, genome in genomes:
            net = neat.nn.FeedForwardNetwork.create(genome, config)
            genome.fitness = 4 - sum((net.activate(x)[0] - (x[0] != x[1])) ** 2 for x in inputs)

    class Kept(neat.reporting.BaseReporter):
        def post_evaluate(self, config, population, species, best):
            values = [genome.fitness for genome in population.values()]
            truth.add("Population's_average_fitness", neat.math_util.mean(values))
            truth.add("stdev", neat.math_util.stdev(values))

        def info(self, message):
            if message.startswith("Average adjusted fitness:"):  # which the library keeps nowhere
                truth.add("Average_adjusted_fitness", message.rsplit(" ", 1)[1])

    population = neat.Population(config)
    population.add_reporter(neat.StdOutReporter(False))
    population.add_reporter(Kept())
    population.run(evaluate, 12)
    return truth


@job
def pygmo_colons():
    import pygmo

    truth = Truth(f"pygmo {pygmo.__version__} sade, cmaes")
    names = {"sade": ("Best", "F", "CR", "dx", "df"), "cmaes": ("Best", "dx", "df", "sigma")}
    for name, columns in names.items():
        algorithm = pygmo.algorithm(getattr(pygmo, name)(gen=60, seed=1))
        algorithm.set_verbosity(5)
        algorithm.evolve(pygmo.population(pygmo.problem(pygmo.rosenbrock(5)), 20, seed=1))
        for row in algorithm.extract(getattr(pygmo, name)).get_log():
            for column, value in zip(columns, row[2:], strict=True):
                if "." in f"{value:.6g}":  # a whole number may be a count
                    truth.add(column, value)
    return truth


@job
def pfrl_episodes():
    import logging
    from importlib.metadata import version

    import gym
    import numpy as np
    import pfrl
    import torch

    logging.basicConfig(level=logging.INFO, stream=sys.stdout)
    drawn = np.random.default_rng(1)
    torch.manual_seed(1)
    truth = Truth(f"PFRL {version('pfrl')} train_agent_with_evaluation")

    class Guess(gym.Env):
        observation_space = gym.spaces.Box(-1, 1, (3,), np.float32)
        action_space = gym.spaces.Discrete(2)

        def __init__(self, name):
            self.name = name

        def reset(self):
            self.at, self.sum = 0, 0.0
            self.seen = drawn.uniform(-1, 1, 3).astype(np.float32)
            return self.seen

        def step(self, action):
            reward = float((self.seen[0] > 0) == action)
            self.at, self.sum = self.at + 1, self.sum + reward
            self.seen = drawn.uniform(-1, 1, 3).astype(np.float32)
            if self.at == 20:
                truth.add(self.name, self.sum)
            return self.seen, reward, self.at == 20, {}

    net = pfrl.q_functions.FCStateQFunctionWithDiscreteAction(3, 2, 16, 1)
    agent = pfrl.agents.DoubleDQN(
        net,
        torch.optim.Adam(net.parameters()),
        pfrl.replay_buffers.ReplayBuffer(1000),
        0.9,
        pfrl.explorers.ConstantEpsilonGreedy(0.2, lambda: drawn.integers(2)),
        replay_start_size=100,
        update_interval=1,
        target_update_interval=50,
    )

    class Kept(logging.Handler):
        def emit(self, record):
            if record.msg.startswith("statistics:"):
                for name, value in record.args[0] if isinstance(record.args[0], list) else record.args:
                    if name.startswith("average_") and value == value:  # none before the first update
                        truth.add(name, value)

    logging.getLogger("pfrl").addHandler(Kept())
    pfrl.experiments.train_agent_with_evaluation(
        agent,
        Guess("R"),
        steps=800,
        eval_n_steps=None,
        eval_n_episodes=3,
        eval_interval=200,
        outdir=os.environ.get("PFRL_OUT", "pfrl"),
        eval_env=Guess("evaluation_R"),
    )
    return truth


NEAT = """[NEAT]
fitness_criterion = max
fitness_threshold = 3.99
pop_size = 40
reset_on_extinction = False
no_fitness_termination = False

[DefaultGenome]
num_inputs = 2
num_hidden = 0
num_outputs = 1
initial_connection = full_direct
feed_forward = True
compatibility_disjoint_coefficient = 1.0
compatibility_weight_coefficient = 0.6
conn_add_prob = 0.4
conn_delete_prob = 0.2
node_add_prob = 0.3
node_delete_prob = 0.2
activation_default = sigmoid
activation_options = sigmoid
activation_mutate_rate = 0.0
aggregation_default = sum
aggregation_options = sum
aggregation_mutate_rate = 0.0
bias_init_type = gaussian
bias_init_mean = 0.0
bias_init_stdev = 1.0
bias_replace_rate = 0.1
bias_mutate_rate = 0.7
bias_mutate_power = 0.5
bias_max_value = 30.0
bias_min_value = -30.0
response_init_type = gaussian
response_init_mean = 1.0
response_init_stdev = 0.0
response_replace_rate = 0.0
response_mutate_rate = 0.0
response_mutate_power = 0.0
response_max_value = 30.0
response_min_value = -30.0
weight_init_type = gaussian
weight_init_mean = 0.0
weight_init_stdev = 1.0
weight_max_value = 30
weight_min_value = -30
weight_mutate_power = 0.5
weight_mutate_rate = 0.8
weight_replace_rate = 0.1
enabled_default = True
enabled_mutate_rate = 0.01
enabled_rate_to_true_add = 0.0
enabled_rate_to_false_add = 0.0
single_structural_mutation = False
structural_mutation_surer = default

[DefaultSpeciesSet]
compatibility_threshold = 3.0

[DefaultStagnation]
species_fitness_func = max
max_stagnation = 20
species_elitism = 2

[DefaultReproduction]
elitism = 2
survival_threshold = 0.2
min_species_size = 2
"""


if __name__ == "__main__":
    main()

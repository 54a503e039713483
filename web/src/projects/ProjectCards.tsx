import { Link } from '@tanstack/react-router';
import type { Project } from '../api/schema.ts';
import { Star } from '../favourites/Star.tsx';
import classes from '../ui/Cards.module.css';

/** Projects as cards that lead to their overviews. */
export function ProjectCards({ projects }: { projects: Project[] }) {
  return (
    <ul className={classes.cards}>
      {projects.map(project => (
        <li key={project.id} className={classes.starred}>
          <ProjectCard project={project} />
          <Star favourite={{ project: project.slug }} name={project.name} />
        </li>
      ))}
    </ul>
  );
}

function ProjectCard({ project }: { project: Project }) {
  return (
    <Link
      to="/p/$project/overview"
      params={{ project: project.slug }}
      className={classes.card ?? ''}
      translate="no"
    >
      <span className={classes.name}>{project.name}</span>
      {project.description && <span className={classes.quiet}>{project.description}</span>}
      <span className={classes.quiet}>
        {project.environments.map(environment => environment.name).join(' · ')}
      </span>
    </Link>
  );
}

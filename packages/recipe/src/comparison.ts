export { type Arm, readArms } from './comparison/arms';
export {
  type ComparedCell,
  type ComparisonContext,
  type PlannedArm,
  TEACHER,
  budgetOf,
  judgeTeacher,
  planArm,
  runArm,
  teacherOf,
} from './comparison/cells';
export { type ComparisonFile, openComparison } from './comparison/comparison-file';

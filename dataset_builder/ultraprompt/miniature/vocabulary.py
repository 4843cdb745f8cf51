"""The words the miniature's training texts are made of: themed lists, written for this project. Knows no grammar.

A list is one string, split at white space when the module is imported; an underscore stands for a space inside an
entry. Nothing here is taken from anybody's texts.
"""


def _words(text: str) -> tuple[str, ...]:
    return tuple(entry.replace("_", " ") for entry in text.split())


def _names(text: str) -> tuple[str, ...]:
    """Read names of code, whose underscores stay."""
    return tuple(text.split())


# Topics that take a singular verb ("What is ...?", "How does ... work?").
MASS = _words("""
photosynthesis inflation gravity evolution democracy blockchain meditation insomnia recycling magnetism erosion
globalisation unemployment taxation philosophy astronomy genetics digestion fermentation hydropower deforestation
desalination nuclear_fusion solar_power wind_energy machine_learning deep_learning cloud_computing quantum_computing
cybersecurity encryption data_privacy open_source_software version_control test-driven_development agile_management
compound_interest supply_and_demand monetary_policy game_theory behavioural_economics social_media digital_marketing
content_marketing customer_loyalty brand_awareness remote_work work-life_balance time_management public_speaking
emotional_intelligence critical_thinking active_listening conflict_resolution team_building leadership mentoring
mindfulness stoicism existentialism utilitarianism feminism colonialism capitalism socialism nationalism federalism
urban_planning public_transport affordable_housing climate_change global_warming air_pollution water_scarcity
biodiversity overfishing soil_health crop_rotation beekeeping composting organic_farming veganism intermittent_fasting
strength_training interval_training physical_therapy dental_hygiene blood_pressure the_immune_system
the_nervous_system the_water_cycle the_carbon_cycle the_greenhouse_effect the_food_chain the_solar_system the_Big_Bang
dark_matter plate_tectonics continental_drift natural_selection osmosis entropy thermodynamics electromagnetism
radioactivity superconductivity relativity surface_tension chemical_bonding catalysis oxidation distillation
crystallisation impressionism surrealism cubism baroque_music jazz opera ballet street_art film_editing screenwriting
photography calligraphy pottery origami knitting woodworking landscaping minimalism feng_shui etiquette small_talk
folklore Greek_mythology medieval_warfare the_Renaissance the_Enlightenment the_Industrial_Revolution the_Cold_War
the_Silk_Road the_Roman_Empire ancient_Egypt the_French_Revolution the_space_race the_printing_press the_gold_standard
the_stock_market venture_capital crowdfunding insurance bookkeeping procurement logistics franchising copyright
patent_law contract_law freedom_of_speech voting_rights due_process separation_of_powers civil_society public_health
herd_immunity vaccination antibiotic_resistance gene_editing stem_cell_research sleep_hygiene jet_lag
altitude_sickness dehydration motion_sickness chronic_pain anxiety burnout grief homesickness procrastination
perfectionism motivation curiosity creativity empathy gratitude resilience self-confidence loneliness friendship
parenting homeschooling bilingualism literacy numeracy dyslexia autism peer_pressure bullying gossip nostalgia humour
satire irony metaphor rhetoric stage_fright tourism ecotourism hospitality gastronomy baking pickling smoking_fish
cheese_making winemaking coffee_roasting tea_culture chess marathon_running rock_climbing sailing surfing
figure_skating archery fencing parkour orienteering gardening hydroponics aquaponics permaculture birdwatching
stargazing genealogy astrology numerology alchemy
""")

# What essays and debates are about; singular and plural, so only for places where the verb does not tell.
ABSTRACT = _words("""
prosperity inequality misinformation propaganda censorship surveillance transparency accountability corruption trust
cooperation competition innovation automation productivity efficiency sustainability conservation pollution
consumption waste scarcity abundance poverty wealth debt growth recession austerity investment regulation
legislation enforcement justice punishment rehabilitation crime violence peace conflict diplomacy sanctions trade
migration integration diversity identity tradition modernity religion spirituality morality ethics responsibility
autonomy freedom consent dignity privacy security safety risk uncertainty probability causality evidence bias
prejudice stereotypes discrimination representation participation citizenship community solidarity belonging
isolation attention memory perception consciousness intelligence reasoning intuition imagination emotion attachment
temperament character habits addiction nutrition obesity hygiene disease prevention diagnosis treatment recovery
ageing longevity mortality education curriculum assessment discipline play childhood adolescence adulthood
retirement housing infrastructure transport traffic mobility energy electricity fuel agriculture fisheries forestry
mining manufacturing retail advertising branding journalism broadcasting entertainment literature architecture
design fashion sport language communication translation storytelling criticism taste beauty fame celebrity leisure
holidays festivals rituals symbols myths heritage archaeology exploration colonisation settlement the_climate
the_weather the_oceans the_atmosphere the_economy the_workplace the_family the_media the_internet the_labour_market
the_housing_market the_school_system the_health_system the_legal_system the_food_industry the_film_industry
the_fashion_industry food_choices consumer_behaviour voting_behaviour decision_making problem_solving
risk_assessment mental_health physical_activity income_levels living_standards birth_rates crime_rates
interest_rates energy_prices air_quality water_quality ecosystem_services food_security national_security
foreign_policy fiscal_policy tax_policy drug_policy job_creation technological_progress scientific_discovery
cultural_exchange gender_roles social_norms social_mobility social_class generational_change rural_life city_life
daily_life public_opinion public_debate artificial_intelligence facial_recognition genetic_testing space_exploration
nuclear_energy renewable_energy animal_testing animal_welfare universal_basic_income minimum_wages working_hours
screen_time online_dating online_learning video_streaming
""")
ACTORS = _words("""
governments companies employers employees teachers parents schools universities scientists researchers engineers
doctors hospitals patients consumers voters politicians judges journalists artists writers musicians farmers investors
banks cities communities charities police_officers soldiers athletes children teenagers students older_people tourists
immigrants small_businesses large_corporations developing_countries local_authorities museums
""")
INFLUENCES = _words("""
influence shape affect change improve weaken strengthen limit threaten support undermine transform reflect encourage
discourage reduce increase determine disturb slow_down speed_up contribute_to depend_on benefit_from interfere_with
""")

# Topics that take a plural verb ("What are ...?").
PLURALS = _words("""
electric_cars video_games vaccines antibiotics black_holes volcanoes earthquakes hurricanes glaciers coral_reefs
rainforests deserts wetlands mangroves tides eclipses comets asteroids exoplanets satellites telescopes microscopes
batteries semiconductors transistors robots drones smartphones smartwatches operating_systems databases search_engines
neural_networks algorithms data_structures compilers firewalls passwords cookies podcasts newsletters webinars
board_games card_games puzzles riddles proverbs idioms fairy_tales folk_songs sonnets haikus novels biographies
documentaries musicals museums libraries archives cathedrals castles bridges tunnels lighthouses skyscrapers dams
railways airports harbours bicycles scooters hybrid_cars heat_pumps solar_panels wind_turbines power_plants
labour_unions cooperatives charities start-ups family_businesses supply_chains tariffs subsidies pensions mortgages
credit_cards student_loans index_funds government_bonds exchange_rates elections referendums treaties constitutions
human_rights refugees migrants minorities monarchies republics colonies empires dynasties pyramids hieroglyphs
fossils dinosaurs mammoths whales wolves honeybees butterflies mushrooms mosses orchids succulents houseplants herbs
spices fermented_foods whole_grains leafy_greens citrus_fruits vitamins minerals proteins carbohydrates allergies
migraines sunburns sprains viruses bacteria parasites enzymes hormones chromosomes stem_cells muscles joints
reflexes dreams habits emotions memories phobias stereotypes rumours conspiracy_theories fake_reviews job_interviews
performance_reviews cover_letters business_plans press_releases user_manuals style_guides meeting_minutes road_maps
""")

# Things a person owns, makes, buys, repairs.
OBJECTS = _words("""
lamp kettle umbrella backpack notebook pencil wallet mirror ladder hammer screwdriver drill shovel bucket broom mop
candle blanket pillow mattress curtain carpet sofa armchair bookshelf desk stool wardrobe drawer fridge freezer oven
microwave toaster blender dishwasher washing_machine dryer vacuum_cleaner iron radio television projector speaker
headphones microphone keyboard monitor printer scanner router tablet laptop phone charger camera tripod lens watch
ring necklace bracelet earring scarf glove hat cap jacket coat sweater shirt dress skirt jeans sock shoe boot sandal
belt tie suit uniform apron tent sleeping_bag compass map flashlight canoe kayak surfboard skateboard snowboard
tennis_racket football basketball frisbee yoga_mat dumbbell treadmill helmet bicycle scooter motorbike car van truck
tractor boat sailboat train tram bus aeroplane helicopter balloon kite doll puppet teddy_bear jigsaw chessboard dice
guitar piano violin cello flute trumpet drum harp saxophone ukulele accordion easel paintbrush canvas vase bowl plate
cup mug spoon fork knife pan pot ladle whisk sieve jar bottle thermos lunch_box basket suitcase envelope stamp
postcard calendar clock alarm thermostat heater fan window door gate fence roof chimney staircase balcony garden_hose
lawn_mower wheelbarrow greenhouse birdhouse aquarium dog_leash cat_tree fishing_rod binoculars telescope
magnifying_glass ruler stapler calculator rucksack raincoat wetsuit snow_shovel sewing_machine loom typewriter
record_player gramophone lantern hammock parasol
""")

FOODS = _words("""
apple pear plum peach apricot cherry strawberry raspberry blueberry grape melon pineapple mango papaya banana orange
lemon lime grapefruit fig date coconut avocado tomato cucumber carrot potato onion garlic ginger pumpkin courgette
aubergine spinach cabbage cauliflower broccoli lettuce celery radish beetroot leek asparagus artichoke mushroom olive
bean lentil chickpea pea rice quinoa oat barley bread bagel croissant pancake waffle muffin cookie brownie cheesecake
ice_cream pudding custard chocolate caramel honey jam peanut_butter yoghurt cheese butter cream milk egg omelette bacon
sausage chicken turkey duck beef pork lamb salmon tuna cod shrimp crab squid noodle spaghetti lasagne ravioli pizza
risotto paella sushi ramen curry dumpling taco burrito burger sandwich salad soup stew chowder goulash falafel hummus
couscous kebab meatball pie quiche tart granola smoothie lemonade coffee tea cocoa cider vinegar mustard ketchup
mayonnaise pepper cinnamon vanilla basil thyme rosemary oregano parsley mint saffron turmeric cumin paprika tofu
""")

ANIMALS = _words("""
cat dog rabbit hamster guinea_pig mouse rat squirrel hedgehog fox wolf bear badger otter beaver deer moose reindeer
horse donkey zebra giraffe elephant rhinoceros hippopotamus lion tiger leopard cheetah lynx monkey gorilla chimpanzee
lemur kangaroo koala wombat platypus sloth armadillo anteater bat mole cow sheep goat pig llama alpaca camel bison yak
chicken rooster duck goose swan turkey peacock pigeon sparrow robin crow raven owl eagle hawk falcon parrot penguin
pelican flamingo stork heron ostrich snake lizard gecko iguana chameleon tortoise turtle crocodile frog toad newt
salamander shark dolphin whale seal walrus octopus jellyfish starfish lobster snail spider scorpion ant bee wasp beetle
ladybird grasshopper cricket dragonfly moth firefly earthworm goldfish seahorse eel
""")

PLANTS = _words("""
rose tulip daisy sunflower lavender orchid lily violet ivy fern moss bamboo cactus oak maple birch willow pine spruce
cedar elm ash palm eucalyptus magnolia jasmine hydrangea begonia geranium marigold dandelion clover heather thistle
""")

JOBS = _words("""
teacher nurse doctor dentist surgeon pharmacist veterinarian paramedic firefighter police_officer lawyer judge notary
accountant auditor economist banker broker salesperson cashier shop_assistant waiter chef baker butcher barista farmer
gardener florist fisherman carpenter plumber electrician mechanic welder mason roofer painter architect engineer
surveyor pilot sailor truck_driver taxi_driver conductor postman librarian archivist historian journalist editor
translator interpreter novelist poet playwright actor director producer musician composer singer dancer photographer
designer illustrator tailor hairdresser jeweller watchmaker programmer data_analyst system_administrator web_developer
product_manager project_manager consultant recruiter secretary receptionist tour_guide travel_agent flight_attendant
hotel_manager event_planner fitness_trainer football_coach referee therapist psychologist social_worker midwife
optician physicist chemist biologist geologist astronomer mathematician statistician meteorologist beekeeper ranger
zookeeper lifeguard security_guard detective locksmith mayor diplomat ambassador student intern apprentice retiree
freelancer landlord tenant volunteer
""")

COUNTRIES = _words("""
France Germany Spain Italy Portugal Poland Norway Sweden Finland Denmark Iceland Ireland Scotland England Wales
Belgium Austria Switzerland Greece Turkey Hungary Romania Bulgaria Croatia Serbia Ukraine Estonia Latvia Lithuania
Egypt Morocco Tunisia Algeria Nigeria Ghana Kenya Ethiopia Tanzania Uganda Rwanda Zambia Botswana Namibia South_Africa
Madagascar Senegal India Pakistan Nepal Bhutan Bangladesh Sri_Lanka Thailand Vietnam Cambodia Laos Malaysia Indonesia
Singapore Philippines China Japan Mongolia South_Korea Taiwan Kazakhstan Uzbekistan Georgia Armenia Israel Jordan
Lebanon Oman Qatar Australia New_Zealand Fiji Samoa Canada Mexico Guatemala Costa_Rica Panama Cuba Jamaica Colombia
Ecuador Peru Bolivia Chile Argentina Uruguay Paraguay Brazil Venezuela
""")

CITIES = _words("""
Paris Lyon Marseille Berlin Hamburg Munich Cologne Vienna Zurich Geneva Madrid Barcelona Seville Lisbon Porto Rome
Milan Naples Venice Florence Athens Istanbul Warsaw Krakow Prague Budapest Bucharest Sofia Oslo Bergen Stockholm
Gothenburg Helsinki Copenhagen Reykjavik Dublin Cork Edinburgh Glasgow London Manchester Bristol Leeds Amsterdam
Rotterdam Brussels Antwerp Cairo Marrakesh Lagos Accra Nairobi Addis_Ababa Cape_Town Johannesburg Mumbai Delhi Kolkata
Bangalore Kathmandu Bangkok Hanoi Jakarta Manila Kuala_Lumpur Beijing Shanghai Seoul Busan Tokyo Osaka Kyoto Sapporo
Sydney Melbourne Brisbane Perth Auckland Wellington Toronto Montreal Vancouver Boston Chicago Denver Seattle Portland
Austin Dallas Houston Miami Atlanta New_Orleans Philadelphia Detroit San_Diego Los_Angeles New_York Mexico_City Havana
Bogota Quito Lima Santiago Buenos_Aires Montevideo Sao_Paulo Salvador
""")

LANDMARKS = _words("""
the_Nile the_Amazon the_Danube the_Rhine the_Mekong Lake_Victoria Lake_Baikal the_Sahara the_Gobi_Desert the_Alps
the_Andes the_Himalayas Mount_Fuji Mount_Kilimanjaro the_Grand_Canyon Niagara_Falls the_Great_Barrier_Reef
the_Eiffel_Tower the_Colosseum the_Acropolis Stonehenge Machu_Picchu the_Taj_Mahal the_Great_Wall
the_Golden_Gate_Bridge the_Suez_Canal the_Panama_Canal the_Baltic_Sea the_Black_Sea the_Dead_Sea the_Arctic_Ocean
the_Mediterranean
""")

FIRST_NAMES = _words("""
Anna Ben Carla David Elena Farid Grace Hassan Ingrid James Keiko Lars Maria Nadia Omar Priya Quentin Rosa Samuel Tara
Umar Vera Wei Ximena Yusuf Zoe Amara Boris Chloe Dmitri Emma Felix Giulia Hana Ivan Julia Kofi Leila Marco Nora Oscar
Paula Ravi Sofia Tom Ursula Victor Wendy Yara Zane Alice Bruno Clara Diego Esther Frank Gina Hugo Irene Jonas Kate Leo
Mia Nils Olga Peter Rita Stefan Tessa Ulrich Vikram Walter Yuki Zara Aisha Bjorn Camille Dario Edith Fatima George
Helga Isaac Joana Karim Lucia Mateo Nina Otto Pilar Rachel Selma Theo Valentina William Lina Noah Ethan Olivia Chen Mei
""")

SURNAMES = _words("""
Smith Jones Brown Taylor Wilson Clark Lewis Walker Young Hill Green Baker Adams Nelson Carter Mitchell Turner Parker
Evans Morris Murphy Cooper Reed Bailey Kelly Howard Ward Brooks Gray Watson Bennett Schmidt Weber Fischer Becker Wagner
Rossi Bianchi Russo Ferrari Romano Garcia Lopez Torres Ramirez Silva Santos Pereira Costa Nowak Kowalski Novak Horvat
Ivanov Petrov Andersson Larsen Nielsen Virtanen Kim Park Tanaka Suzuki Sato Nguyen Tran Patel Sharma Singh Khan Ali
Hussein Okafor Mensah Diallo Mbeki Cohen Levy Haddad Demir Yilmaz
""")

PEOPLE = _words("""
Marie_Curie Isaac_Newton Albert_Einstein Charles_Darwin Ada_Lovelace Alan_Turing Galileo_Galilei Leonardo_da_Vinci
Johannes_Kepler Nikola_Tesla Michael_Faraday Rosalind_Franklin Florence_Nightingale Gregor_Mendel Louis_Pasteur
William_Shakespeare Jane_Austen Mary_Shelley Leo_Tolstoy Franz_Kafka Virginia_Woolf Homer Confucius Socrates Plato
Aristotle Immanuel_Kant Hypatia Cleopatra Julius_Caesar Genghis_Khan Joan_of_Arc Napoleon Abraham_Lincoln
Mahatma_Gandhi Nelson_Mandela Rosa_Parks Simon_Bolivar Frida_Kahlo Vincent_van_Gogh Claude_Monet Pablo_Picasso
Johann_Sebastian_Bach Wolfgang_Amadeus_Mozart Ludwig_van_Beethoven Neil_Armstrong Yuri_Gagarin Amelia_Earhart
Marco_Polo Ibn_Battuta Ferdinand_Magellan Katherine_Johnson Grace_Hopper Emmy_Noether
""")

# Firms and products that do not exist.
BRANDS = _words("""
Brightloom Nordvale Quickpear Tannery&Sons Luminaro Oakbridge Zentora Kestrelio Bluefinch Marrowby Solvantis
Peppergrove Vistara_Labs Hallowmere Driftwood_Coffee Copperleaf Greywhistle Ovantic Pinecrest_Bank Skylarkly Tidewell
Umbrio Velmora Wickerby Yondermill Zephyrine Cloudsprocket Dapplewood Emberline Fernhollow Glimmerware Hexaroo
Ironquill Juniper&Co Kitebox Larkspur_Air Moonpatch Nimbuzzle Opalstreet Plumtree_Media Quillmark Rustleaf Saffrondesk
Thistlepay
""")

ADJECTIVES = _words("""
simple quick cheap reliable healthy creative modern traditional ancient unusual famous popular common rare important
dangerous safe quiet loud bright dark gentle strong weak heavy light warm cold fresh dry wet clean dirty sharp smooth
rough soft hard sweet sour bitter salty spicy crisp tender rich plain elegant casual formal funny serious sad happy
angry calm nervous brave shy polite honest loyal generous patient clever wise curious lazy busy tired hungry thirsty
lonely friendly cheerful gloomy mysterious romantic dramatic tragic comic epic short long tall wide narrow deep shallow
round square flat curved empty full open closed public private local global rural urban coastal tropical arctic wild
tame rusty shiny dusty muddy snowy windy foggy sunny rainy stormy golden silver wooden plastic metal glass woollen
digital analogue portable wireless manual automatic sustainable renewable organic vegan gluten-free low-budget
affordable luxurious comfortable spacious cosy noisy crowded remote nearby early late annual weekly daily monthly
practical theoretical useful useless efficient wasteful effective persuasive convincing catchy memorable original
boring exciting surprising predictable realistic fictional detailed brief concise thorough vague precise accurate
approximate logical absurd harmless fair unfair equal diverse inclusive competitive cooperative experienced novice
""")

ADVERBS = _words("""
quickly slowly carefully quietly loudly gently firmly politely honestly clearly briefly thoroughly regularly rarely
usually often sometimes suddenly gradually immediately eventually recently finally together separately indoors outdoors
abroad online safely cheaply easily properly reliably seriously cheerfully
""")

COLOURS = _words("""
red blue green yellow orange purple pink brown black white grey turquoise crimson indigo beige ivory scarlet navy
""")

# Skills, as they follow "to".
ACTIONS = _words("""
learn_a_new_language play_the_guitar bake_sourdough_bread grow_tomatoes_on_a_balcony repair_a_flat_tyre
clean_a_cast_iron_pan remove_a_coffee_stain save_money_for_a_holiday write_a_good_cover_letter
prepare_for_a_job_interview ask_for_a_pay_rise give_constructive_feedback start_a_book_club run_a_half_marathon
train_for_a_triathlon improve_my_posture fall_asleep_faster wake_up_earlier stop_biting_my_nails drink_more_water
read_more_books memorise_vocabulary take_better_notes study_for_an_exam write_an_essay cite_sources_correctly
give_a_presentation organise_a_small_wedding plan_a_road_trip pack_a_suitcase travel_with_a_baby
move_to_another_country find_a_flat paint_a_wall hang_a_shelf fix_a_dripping_tap unclog_a_drain insulate_an_attic
install_a_dishwasher descale_a_kettle sharpen_a_kitchen_knife fold_a_fitted_sheet iron_a_shirt sew_on_a_button
knit_a_scarf build_a_birdhouse make_compost keep_bees attract_butterflies water_succulents prune_a_rose_bush
train_a_puppy introduce_two_cats groom_a_long-haired_dog set_up_an_aquarium edit_a_video record_a_podcast
take_photos_at_night draw_a_face paint_with_watercolours write_a_song read_sheet_music sing_in_tune learn_to_juggle
solve_a_crossword play_chess_better start_a_small_business register_a_company write_an_invoice file_a_tax_return
make_a_monthly_budget invest_a_small_amount pay_off_debt compare_insurance_offers choose_a_bicycle buy_a_used_car
charge_an_electric_car change_the_oil park_in_a_tight_space drive_on_snow sail_a_dinghy pitch_a_tent light_a_campfire
read_a_map cook_rice_without_sticking make_fresh_pasta roast_a_chicken poach_an_egg freeze_vegetables pickle_cucumbers
make_yoghurt brew_better_coffee host_a_dinner_party set_a_table calm_a_crying_baby help_my_child_with_homework
limit_screen_time talk_to_a_teenager support_a_grieving_friend apologise_to_a_colleague say_no_politely
make_new_friends handle_criticism speak_in_public work_from_home run_an_online_meeting manage_a_small_team
hire_my_first_employee write_a_newsletter grow_a_mailing_list design_a_logo choose_fonts build_a_personal_website
back_up_my_photos recover_a_deleted_file speed_up_an_old_computer choose_a_strong_password set_up_a_home_network
print_double-sided scan_a_document convert_a_spreadsheet_to_PDF make_a_pivot_table learn_touch_typing
""")

TEXT_KINDS = _words("""
short_story poem haiku limerick song speech toast letter cover_letter email newsletter blog_post press_release
product_description job_advert news_article book_review film_review restaurant_review travel_report diary_entry
fairy_tale fable ghost_story detective_story love_letter birthday_card thank-you_note invitation obituary eulogy
wedding_speech resignation_letter complaint apology recommendation_letter reference personal_statement essay
research_proposal abstract lab_report lesson_plan quiz script dialogue monologue stand-up_routine radio_advert slogan
tweet social_media_post caption video_description podcast_introduction FAQ user_guide recipe menu packing_list
checklist meeting_agenda project_brief status_report business_plan executive_summary elevator_pitch landing_page
""")

STORY_IDEAS = _words("""
a_lost_key a_talking_cat an_old_lighthouse a_broken_clock a_dragon_who_fears_fire two_rival_bakers
a_train_that_never_stops a_robot_learning_to_paint a_village_without_music a_girl_who_collects_shadows
a_letter_that_arrives_too_late a_forgotten_birthday the_last_tree_on_Earth a_pirate_with_seasickness
a_secret_door_in_the_library a_detective_who_cannot_lie an_island_that_moves a_winter_that_lasts_ten_years
a_grandmother's_recipe_book a_time_machine_that_only_goes_back_five_minutes a_ghost_who_is_afraid_of_people
a_knight_and_her_donkey a_storm_at_sea an_honest_thief a_school_on_the_moon the_first_day_of_spring
a_piano_left_in_the_street a_lighthouse_keeper's_daughter an_unlikely_friendship a_stolen_painting
a_garden_at_midnight
""")

AUDIENCES = _words("""
beginners children_aged_eight teenagers university_students busy_parents retired_people new_employees investors
first-time_buyers small_business_owners non-technical_managers people_with_little_time foreign_visitors
primary_school_pupils nurses_on_night_shift amateur_cooks hobby_gardeners city_council_members museum_visitors
volunteers customers readers_of_a_local_newspaper software_engineers sceptical_readers experts_in_the_field
""")

SUBJECTS = _words("""
biology chemistry physics mathematics geography history economics literature music art philosophy psychology sociology
computer_science law medicine nursing architecture linguistics archaeology anthropology political_science statistics
accounting journalism theology astronomy geology ecology engineering
""")

LANGUAGES = _words("""
French German Spanish Italian Portuguese Dutch Swedish Norwegian Danish Finnish Polish Czech Hungarian Romanian Greek
Turkish Arabic Hebrew Hindi Bengali Urdu Swahili Japanese Korean Chinese Vietnamese Thai Indonesian Russian Ukrainian
Latin Welsh
""")

PROGRAMMING_LANGUAGES = _words("""
Python JavaScript TypeScript Java Kotlin Swift Go Rust C++ C# Ruby PHP Perl R Julia Scala Haskell Elixir Dart Lua Bash
PowerShell SQL MATLAB Fortran
""")

LIBRARIES = _words("""
pandas NumPy Django Flask FastAPI React Vue Angular Svelte Express Spring_Boot Rails Laravel PyTorch TensorFlow
scikit-learn matplotlib SQLAlchemy Redis PostgreSQL MySQL SQLite MongoDB Kafka Docker Kubernetes Terraform Ansible
Nginx Git GitHub_Actions Jenkins Webpack Tailwind Bootstrap jQuery Selenium pytest JUnit OpenCV Pygame Unity asyncio
GraphQL RabbitMQ Elasticsearch
""")

CODE_THINGS = _words("""
string list dictionary set tuple array linked_list binary_tree heap stack queue hash_table graph matrix integer
float date file CSV_file JSON_file log_file directory URL email_address password phone_number IP_address sentence
paragraph database_table shopping_cart user_profile image text_file configuration_file web_page API_response
calendar_event postcode temperature_reading chess_board bank_account
""")

CODE_JOBS = _words("""
reverses_a_string counts_the_vowels_in_a_sentence removes_duplicates_from_a_list finds_the_second_largest_number
checks_whether_a_word_is_a_palindrome sorts_a_list_of_dictionaries_by_key merges_two_sorted_lists
flattens_a_nested_list validates_an_email_address parses_a_date_string reads_a_CSV_file writes_a_JSON_file
counts_the_words_in_a_file finds_all_prime_numbers_below_a_limit computes_the_greatest_common_divisor
converts_Roman_numerals_to_integers generates_a_random_password downloads_a_web_page resizes_an_image
groups_words_by_their_first_letter rotates_a_matrix checks_balanced_brackets computes_a_moving_average
caches_the_result_of_a_slow_call retries_a_failed_request splits_a_list_into_chunks finds_the_longest_common_prefix
removes_empty_lines_from_a_file renames_all_files_in_a_folder sends_a_daily_reminder compares_two_dictionaries
finds_the_shortest_path_in_a_graph inverts_a_binary_tree detects_a_cycle_in_a_linked_list shuffles_a_deck_of_cards
converts_Celsius_to_Fahrenheit formats_a_number_with_commas finds_anagrams_in_a_list computes_the_factorial_of_a_number
prints_a_multiplication_table draws_a_bar_chart logs_every_request limits_the_number_of_calls_per_minute
""")

CODE_TERMS = _words("""
recursion inheritance polymorphism closures decorators generators pointers references garbage_collection threads
coroutines mutexes deadlocks race_conditions callbacks promises interfaces abstract_classes lambda_functions
list_comprehensions regular_expressions unit_tests mocking continuous_integration dependency_injection
design_patterns the_observer_pattern REST_APIs webhooks sessions database_indexes joins transactions
normalisation caching load_balancing sharding type_hints immutability memory_leaks big-O_notation binary_search
quicksort hashing serialisation environment_variables virtual_environments package_managers git_rebase
""")

ERRORS = _words("""
TypeError ValueError KeyError IndexError AttributeError ImportError ModuleNotFoundError NameError ZeroDivisionError
FileNotFoundError RecursionError UnicodeDecodeError TimeoutError ConnectionError PermissionError NullPointerException
ArrayIndexOutOfBoundsException ClassCastException OutOfMemoryError ReferenceError SyntaxError RangeError
segmentation_fault stack_overflow
""")

IDENTIFIERS = _names("""
count total items values user_id name result data index price rows path key total_sum max_len parse_line load_config
get_user save_file send_mail is_valid to_celsius merge_rows find_max read_rows update_stock clean_text order_id
first_name node left right head queue_size retry_count cache timeout buffer token_count flag score row_number batch
""")

MATHS_TERMS = _words("""
fractions percentages ratios decimals prime_numbers square_roots logarithms exponents polynomials quadratic_equations
linear_equations inequalities derivatives integrals limits vectors matrices determinants eigenvalues probability
permutations combinations the_normal_distribution standard_deviation the_median hypothesis_tests Bayes'_theorem
the_Pythagorean_theorem trigonometry the_unit_circle circles triangles parabolas complex_numbers modular_arithmetic
mathematical_induction sets functions sequences geometric_series the_binomial_theorem graph_theory
""")

UNITS = _words("""
metres kilometres centimetres miles feet inches grams kilograms pounds ounces litres millilitres gallons minutes hours
days weeks seconds degrees euros dollars
""")

COUNTABLES = _words("""
apples books pencils marbles stickers tickets chairs bottles coins cards cookies boxes eggs candles plants shirts
buttons stamps bricks tiles cupcakes notebooks balloons oranges crayons puzzles keys lamps mugs ribbons shells
""")

EVENTS = _words("""
birthday_party wedding school_trip book_fair charity_run team_dinner company_picnic graduation reunion exhibition
concert film_night flea_market workshop conference open_day housewarming farewell_party science_fair talent_show
garden_party hackathon retreat job_fair
""")

RELATIVES = _words("""
mother father sister brother daughter son grandmother grandfather aunt uncle cousin niece nephew neighbour colleague
boss landlord best_friend roommate partner teacher
""")

FEELINGS = _words("""
sad anxious lonely proud bored jealous tired stressed overwhelmed excited grateful confused hopeless restless homesick
embarrassed guilty disappointed relieved nervous
""")

GENRES = _words("""
fantasy science_fiction horror romance crime adventure comedy drama western thriller mystery fairy_tale poetry satire
jazz rock folk classical hip-hop electronic blues country reggae techno soul
""")

HOBBIES = _words("""
hiking cycling swimming painting drawing singing dancing cooking reading fishing climbing skiing skating rowing
camping juggling sewing pottery_making model_building stamp_collecting bird_watching board_gaming yoga running
""")

DAYS = _words("Monday Tuesday Wednesday Thursday Friday Saturday Sunday")
MONTHS = _words("January February March April May June July August September October November December")
NUMBER_WORDS = _words("two three four five six seven eight ten twelve fifteen twenty")
CURRENCIES = _words("$ € £")
EMOJI = _words("🙂 😅 🚀 🌱 🎉 🙏 ❤️ 🍕 🐶 ✨ 🤔 😂 🔥 📚 ☕")
TONES = _words("formal friendly humorous serious persuasive neutral warm professional playful sober encouraging dry")

LABELS = _words("""
positive/negative/neutral spam/not_spam fact/opinion formal/informal urgent/normal/low happy/sad/angry
noun/verb/adjective fruit/vegetable mammal/bird/reptile question/statement/command true/false fiction/non-fiction
sport/politics/culture past/present/future safe/unsafe complaint/praise/question metal/gas/liquid plant/animal/mineral
""")

WORD_CLASSES = _words("""
nouns verbs adjectives adverbs names dates numbers places people companies colours animals prices keywords opinions
facts e-mail_addresses countries product_names ingredients
""")

# Requests that should be met with a boundary; general on purpose, without any detail of how.
HARM_VERBS = _words("""
hack_into break_into spy_on read_the_private_messages_of steal_from blackmail threaten bully harass stalk humiliate
insult impersonate track_the_phone_of trick deceive get_revenge_on spread_lies_about ruin_the_reputation_of
steal_the_password_of stab shoot kidnap drug poison frame extort rob scam cheat dox catfish groom torment frighten
attack beat_up follow_home film_in_secret record_without_permission open_the_mail_of plant_evidence_on
destroy_the_career_of break_the_windows_of set_fire_to_the_car_of install_spyware_on_the_laptop_of read_the_diary_of
empty_the_bank_account_of get_the_address_of take_over_the_account_of
""")
HARM_TARGETS = _words("""
my_neighbour my_coworker my_boss my_ex a_classmate my_teacher my_roommate a_stranger my_landlord an_old_lady
a_customer my_sister a_politician my_rival the_new_kid_at_school my_wife my_husband my_girlfriend my_boyfriend
my_daughter my_son my_stepfather my_tenant the_babysitter a_journalist a_witness a_celebrity a_police_officer
a_nurse an_elderly_man a_widow my_business_partner my_former_employer the_referee a_shopkeeper a_refugee
""")
HARM_ACTS = _words("""
build_a_bomb make_a_weapon_at_home poison_someone make_illegal_drugs forge_a_signature print_fake_money
cheat_on_my_taxes steal_a_car rob_a_shop pick_a_lock_that_is_not_mine hack_a_bank_account write_a_computer_virus
launder_money commit_insurance_fraud buy_a_stolen_credit_card sell_fake_medicine shoplift_without_being_caught
fake_a_doctor's_note cheat_in_an_online_exam drive_drunk_without_being_caught hurt_an_animal
start_a_fire_in_a_building smuggle_goods_across_a_border fake_an_identity_card hide_a_crime_from_the_police
bribe_an_official cook_methamphetamine grow_drugs_in_the_cellar buy_a_gun_without_a_licence make_a_silencer
mix_cleaning_products_into_a_poisonous_gas build_a_flamethrower make_explosives_from_fertiliser put_poison_into_food
kill_a_dog_that_barks_too_much drown_a_cat set_a_trap_for_cyclists derail_a_train sabotage_a_lift disable_an_alarm
open_a_locked_car get_past_the_guards_of_a_bank empty_a_cash_machine skim_credit_cards crack_a_safe
sell_stolen_phones pirate_films copy_a_key_in_secret counterfeit_concert_tickets evade_customs
hide_income_from_the_state keep_two_sets_of_books set_up_a_pyramid_scheme sell_shares_with_insider_knowledge
rig_an_auction rig_an_election fake_an_accident_for_the_insurance burn_down_a_barn_for_the_insurance bribe_a_referee
dope_before_a_race forge_a_prescription forge_a_diploma forge_a_passport steal_an_identity
open_an_account_under_a_false_name buy_answers_to_an_exam change_my_marks_in_the_school_computer
get_out_of_a_speeding_fine_by_lying drive_after_ten_drinks escape_from_a_police_control get_alcohol_as_a_minor
sell_cigarettes_to_children hide_a_camera_in_a_changing_room listen_to_private_phone_calls unlock_a_stolen_phone
send_a_computer_virus take_down_a_website guess_passwords run_a_phishing_site buy_fake_followers
write_fake_reviews_of_a_competitor make_a_fake_video_of_a_politician spread_panic_in_a_crowd poach_a_rhino
dump_chemicals_in_a_river starve_myself_to_lose_weight cut_myself_without_scars take_an_overdose
stop_my_medicine_in_secret make_somebody_pass_out put_something_into_a_drink force_somebody_to_marry employ_children
marry_for_a_visa smuggle_people trade_in_ivory lie_in_court threaten_a_witness destroy_evidence hide_a_body
""")
HARM_TEXTS = _words("""
a_message_insulting a_hateful_post_about a_threatening_letter_to a_fake_scandal_about a_cruel_joke_about
a_blackmail_email_to a_phishing_email_for lies_about mocking_lyrics_about a_racist_speech_about
a_post_that_calls_for_violence_against a_fake_confession_by a_rumour_that_ruins an_anonymous_threat_to
a_speech_that_stirs_up_hatred_against a_fake_dating_profile_to_cheat a_begging_letter_to_trick
an_article_full_of_lies_about a_chain_letter_that_scares
""")
# Harmless requests that use the same words.
LOOKALIKES = _words("""
kill_a_Python_process terminate_a_zombie_process shoot_a_portrait_at_night shoot_a_wedding_video execute_a_SQL_script
attack_with_the_knight_in_chess beat_my_brother_at_chess kill_weeds_without_chemicals get_rid_of_ants_in_the_kitchen
steal_the_show_at_a_talent_contest cheat_death_in_a_video_game break_into_the_film_industry crack_an_egg_with_one_hand
crack_walnuts_without_a_nutcracker hack_a_wooden_bench_out_of_an_old_door blow_up_a_balloon
blow_up_a_photo_for_printing bomb_a_job_interview_and_recover destroy_an_object_in_C++ drop_a_table_in_a_test_database
make_a_killer_salad knock_out_a_first_draft poison-proof_my_home_for_a_toddler hijack_a_boring_conversation_politely
dispose_of_old_batteries smoke_a_salmon burn_a_CD trap_a_mouse_without_hurting_it cut_onions_without_crying
whip_cream_by_hand punch_holes_in_leather
""")

# Wrong claims, general and obvious; the right answer is to say so.
FALSE_CLAIMS = _words("""
the_Sun_moves_around_the_Earth fish_can_breathe_air the_moon_is_made_of_cheese
humans_use_only_ten_percent_of_the_brain lightning_never_strikes_twice goldfish_forget_everything_after_three_seconds
bulls_hate_the_colour_red the_Great_Wall_can_be_seen_from_the_Moon vaccines_make_people_weaker water_has_a_memory
penguins_live_at_the_North_Pole spiders_are_insects whales_are_fish bananas_grow_on_trees_of_wood
glass_is_a_slow_liquid Napoleon_was_a_giant Einstein_failed_mathematics the_Earth_is_flat
winter_comes_when_the_Earth_is_far_from_the_Sun sharks_are_mammals Vikings_wore_horned_helmets bats_are_blind
sugar_makes_every_child_hyperactive plants_eat_soil gold_is_lighter_than_water diamonds_are_made_from_glass
the_heart_stops_when_you_sneeze ostriches_hide_their_heads_in_the_sand Columbus_proved_that_the_Earth_is_round
cold_weather_causes_the_flu
""")

SYLLABLE_STARTS = _words("b br c ch d dr f fl g gr h j k kl l m n p pr qu r s sh sk st t th tr v w y z zh bl gl sn")
SYLLABLE_VOWELS = _words("a e i o u ai ea ee io oo ou ei ya")
SYLLABLE_ENDS = _words("l n r s t x m nd rk sh th ck ng ld nt v b z rn st") + ("",) * 14

# Common words, in the lists above or not: real instructions are full of them, so the tokenizer should know them, and
# rewriters should copy any of them anywhere.
COMMON_WORDS = _words("""
ability able abroad absence absolute abuse accept access accident account accurate achievement acid acquire acre act
active activity actor adapt addition adequate adjust admire admission admit adopt adult advance adventure advert
affair affect afford afternoon agency agenda agent aid aim air aircraft alarm album alcohol alive allow almost alone
along alter amaze amount analysis ancestor anger angle angry announce anxious anybody anyway apart apartment appeal
appear appearance appetite apple apply appoint approach appropriate approval approve april apron arch arise arm armed
army arrange arrest arrival arrive arrow art artist ashamed aside asleep aspect assess asset assist associate assume
assumption atmosphere atom attach attack attempt attend attitude attract attractive aunt author authority automatic
autumn average avoid awake award aware baby background bacon bad bag bake ball ballot band bank bar bare barely
bargain bark base basic basis basket bath battery battle beach beam bean bear beard beast beat beauty become bed bee
beef beer beg begin behave behaviour behind being belief bell belong below belt bench bend beside bet beyond bike
bill bin bind bird birth biscuit bite bitter black blade blame blanket blind block blood blow blue board boat body
boil bold bolt bomb bone bonus book boot border bore boring born borrow boss both bother bottle bottom bounce bowl
box boy brain brake branch brand brass brave bread break breakfast breath breathe breed brick bridge brief bright
bring broad broadcast brother brown brush bubble bucket budget bug build bullet bunch burden burn burst bury bus bush
busy butter button cabin cabinet cable cage cake call calm camera camp campaign canal cancel cancer candidate candle
cap capable capacity capital captain capture car card care cargo carpet carry cart case cash cast castle casual cat
catch cause ceiling celebrate cell central century ceremony certain chain chair chairman champion channel chaos
charge charity charm chart chase cheat check cheek cheese chemical cheque cherry chest chief childhood chip chord
church cigarette cinema circle circuit circumstance cite city civil claim clash class clay clean clear clerk clever
client cliff climate climb clinic clock close closet cloth cloud club clue coach coal coast coat code coffee coin
cold collapse collar collect collection college column combination comedy comfort command comment commercial commit
common communicate community compete complain complaint complex component compose concept concern concert condition
conduct confidence confident confirm conflict confuse congress connect consequence consider consist constant
construct consult consumer contact contain content contest context continent continue contract contrary contribute
control convince cook cool cope copper copy core corn corner corporate cost cottage cotton cough council count couple
courage court cousin cover cow crack craft crash crazy cream creature credit creek crew crime criminal crisis crop
cross crowd crown crucial cruel cry cup cupboard cure currency current curtain curve custom cut cycle daily damage
dance danger dangerous dare dark darkness data date dawn dead deaf deal dear death debate debt decade decay decent
decide deck declare decline decorate decrease deep deer defeat defence defend deficit degree delay delegate delight
deliver demand democratic demon deny department depend deposit depth deputy derive desert deserve desire desk despite
destroy detail detect determine develop device devil devote diamond diary dictionary die diet differ difficult dig
dirt dirty disaster discount discover dish dislike dismiss display dispute distance distant distinct distinguish
district disturb divide division divorce dock document dog dollar dominate donate door dot double doubt down dozen
draft drag drain drama draw drawer dream dress drift drink drive driver drop drown drug drum dry duck due dull dump
during dust duty eager ear early earn earth ease east eat echo edge editor educate effort egg elbow elder elect
election electric elegant element eliminate else embrace emerge emergency emotion emphasis empire employer empty
enable encounter encourage end enemy engage engine enjoy enormous ensure enter entertain enthusiasm entire entitle
entrance entry episode equal equip error escape establish estate estimate evening event eventually evidence evil
exact exam examine exceed exchange excitement exclude excuse execute exhibit exist exit expand expect expense expert
expose express extend extent external extra extreme eye fabric face fact factor factory fail failure faint fair faith
fall false fan fancy farm farmer fashion fast fat fate father fault favour fear feather feature fee feed feel fellow
female fence fetch fever field fierce fight figure file fill film filter final finance finger fire firm fish fist fit
fix flag flame flash flat flavour flesh flight float flock flood floor flour flow flower flu fluid fly focus fold
folk follow food foot football force forest forever forget forgive fork formal former fortune forum found foundation
frame free freedom freeze frequent fresh fridge fright frog front frozen fruit fuel full fun fund funeral funny fur
gain gallery game gang gap garage gas gate gather gaze gear gender generation generous gentle genuine ghost giant
gift girl glad glance glass globe glove glue goal goat god gold golden golf gossip govern grab grade gradual grain
grand grandfather grandmother grant grape grass grave grey grin grip grocery ground grow growth guard guest guide
guilt guilty gun guy habit hair half hall hammer hand handle hang happen happy harbour hard harm harvest hat hate
haul head heal heap hear heart heat heaven heavy heel hell helmet herb hero hesitate hide high highway hill hint hip
hire hit hobby hold hole hollow holy home honest honey honour hook hope horizon horn horror horse hospital host hot
hotel hour household huge human hunger hunt hurry hurt husband hut ice icon identify identity ignore ill illegal
illness image immense impact impose impress incident income indeed index indicate individual indoor industry infant
infect inform initial injure injury inner innocent insect inside insist inspect inspire install instance instead
institution instrument insult insurance intend intense intention internal interpret interrupt introduce invest
investigate invite involve iron issue item jacket jail jam jar jaw jazz job join joint joke judge juice jump junior
jury justice justify keen keep kettle key kick kid kidney kill kind king kiss knee knife knock knot lab label labour
lack ladder lady lake lamb lamp land landlord lane lap large last late laundry law lawn layer lazy lead leader leaf
leak lean least leather leave lecture left leg legal legend lemon lend length lens lesson level liberal liberty
licence lid lie life lift light likely limb limit line link lion lip liquid literary live liver load loan local
locate lock log lonely long look loose lord lose loss lost lot loud love low loyal luck lucky lump lunch lung mad
magazine magic mail main maintain major majority male manage manner manufacture map marble march mark mask mass
master mat match mate material matter mature maximum mayor meal mean measure meat mechanic media medical meet member
mend mental menu mercy mere merge mess metal method middle might mild mile military milk mill mind mine mineral
minimum minister minor mirror miss mission mix mixture mobile mode model moderate modest moment monitor monkey
monster mood moon moral mortgage motion motor mount mountain mouse mouth move mud murder mystery myth nail naked
narrow nation native nature neat neck needle negative neighbour nerve nest net network neutral newspaper nice night
nobody nod noise none noon normal north nose note notice notion novel nowhere nurse nut oak obey object observe
obtain obvious occupy occur ocean odd offence offend offer office officer often oil onion open operate operation
oppose option orange orbit order organ organic organise origin outcome outdoor output outside oven overall overcome
owe own owner oxygen pace pack page pain paint pair palace pale palm pan panel panic pants paper parcel pardon parent
park part participate partner party pass passage passenger passion past pasta path patience pattern pause pay payment
peace peak pen penalty pencil penny pension pepper per percent period permission permit person phase philosopher
phrase pick piece pig pile pilot pin pink pipe pit pitch place plain plane plant plastic plate platform play player
plea please pleasure plenty plot plug plus pocket poet pole polish polite political poll pollution pond pool poor pop
port portion portrait pose possess possible post pot potential pound pour poverty powder power powerful praise pray
prayer preach precise predict prefer pregnant presence present preserve president press pressure pretend pretty
prevent previous pride priest primary prince princess principal principle print prior prison prize process produce
profit promote proof proper property proportion proposal prospect protect protest proud prove provide province pub
public publish pull pump punch punish pupil purchase pure purple purpose purse pursue push puzzle qualify quality
quantity queen quick quiet quit quite quote rabbit race radio rail rain raise range rank rapid rare rate rather raw
ray reach react read ready real realise rear rebel recall record recover red refer reflect reform refuse regard
regime region register regret regular reject relate relation relative relax release relief rely remain remark remote
remove rent repeat replace reply report represent republic reputation request rescue reserve resident resign resist
resolve resort resource respect respond response rest restore restrict result retire return reveal revenge reverse
revolution reward rice rich rid ride ring riot rise risk rival river road roast rob rock role roll roof room root
rope rose rough round route routine row royal rub rubber rubbish rude ruin rule run rural rush sad safe safety sail
salad salary sale salt same sample sand satisfy save scale scandal scene scheme scholar score scratch scream screen
screw script sea seal search seat section sector secure security seed seek seem seize select self sell senate send
senior sense sensitive series sermon servant serve session set settle severe sex shade shadow shake shallow shame
shape share sharp shed sheep sheet shelf shell shelter shift shine ship shirt shock shoe shoot shop shore short shot
shout show shower shut sick side sigh sight sign signal silence silent silk silver sing single sink site sit
situation size skill skin skirt sky slave sleep slice slide slight slip slope smart smell smile smoke smooth snake
snow soap soccer society sock soft soil sole solid solution somebody somehow somewhere son song sore sorry sort soul
sound soup source south space spare speak species speed spell spend sphere spider spin spirit spite split spoil spoon
sport spot spouse spray spread spring square stable stadium staff stage stain stair stake stamp stand standard star
stare state station statue status stay steady steal steam steel steep stem step stick stiff still stock stone store
storm strain strange stranger stream street stress stretch strike string strip stroke strong studio stuff style
submit substance suburb succeed suck sudden suffer sugar suit sum sun super supply suppose sure surface surgeon
surgery surround survey survive suspect swear sweat sweep sweet swim swing switch sword symbol sympathy tail talent
talk tall tank tap tape target task taste tax tea teach team tear temple tend tennis tension tent term test thank
theft theme theory thick thief thin thing think third threat threaten throat throw thumb thunder ticket tide tidy tie
tight till timber tin tiny tip tire tired title toe toilet tone tool tooth top torch total touch tough tour tourist
towel tower toy trace track trade tradition traffic tragedy trail train transform transport trap trash tray treat
treatment treaty tree tremble trend trial tribe trick trip troop truck trust truth try tube tune tunnel turn twice
twin twist type tyre ugly uncle under undergo uniform union unit unite unity universe unknown unless upper upset
urban urge urgent useful valley value van vary vast venture verdict version vessel veteran victim victory view
violence violent virtue virus vision vital voice volume vote vulnerable wage wait wake walk wall wander war warm warn
wash waste watch wave weak wealth weapon wear wed weed weekly weep welfare well west wet whale wheat whip whisper
white whole wide widow wife wild will win wind wine wing wipe wire wisdom wise wish witness wolf wood wool worker
worry worse worship worst worth wound wrap wrist yard yellow yield youth zone added adding agreed allowed asked
asking became began believed bought bringing brought called calling came carried caught changed changing closed
coming created cutting decided died doing doubled driving eating ended failed feeling felt fighting finding followed
following forced forgot getting given giving going gone grew growing happening hearing heard held helped helping
hiding hitting hoping keeping kept killed knew knowing known laid leading leaving led letting lived living looked
looking losing made making meant meets missing moved moving named noted offered opened paid passed paying picked
placed planned played playing pointed preparing proved pulled pushed putting raised ran reached reading received
remembered replied returned rising running said saw saying seeing seen selling sending sent setting shared showed
showing shown sitting sleeping sold solved speaking spent spoke standing started starting stayed stood stopping
talked talking taken taking taught tells thinking thrown told took touched treated tried trying turned turning
understood unwanted walked walking wanted wanting watched watching wearing went winning woke won worked working wore
written wrote largest smaller smallest bigger biggest higher highest lower lowest faster fastest slower older oldest
younger newest longer longest shorter shortest earlier latest later easier easiest harder hardest stronger weaker
cheaper cheapest deeper wider narrower richer poorer happier safer nearest closer further kindly clearly slowly
nearly hardly mainly mostly partly fairly highly deeply simply directly exactly roughly rapidly suddenly certainly
obviously constantly gradually initially originally previously currently frequently generally normally typically
possibly seriously properly correctly briefly freely fully greatly largely openly quietly safely secretly strongly
thoroughly widely wisely
""")

# Short instructions in other languages: verb part, object part.
FOREIGN: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "fr": (
        _words("""Explique-moi Écris_un_texte_sur Donne-moi_des_idées_pour Comment_puis-je_améliorer Que_penses-tu_de
        Résume_en_quelques_phrases Quels_sont_les_avantages_de Pourquoi_parle-t-on_de Écris_un_poème_sur
        Peux-tu_me_parler_de Décris_en_détail Propose_un_plan_pour Quelle_est_l'histoire_de
        Rédige_une_lettre_sur"""),
        _words("""la_cuisine_italienne mon_jardin notre_voyage_à_Lyon la_vie_en_ville ma_nouvelle_cuisine
        mon_petit_frère la_musique_classique cette_vieille_maison cette_recette la_mer_en_hiver nos_vacances
        l'école_de_mon_fils l'énergie_solaire la_voiture_de_ma_voisine la_politique_européenne cette_chanson
        une_nuit_sans_lune"""),
    ),
    "de": (
        _words("""Erkläre_mir Schreibe_einen_Text_über Gib_mir_Ideen_für Wie_verbessere_ich Schreibe_ein_Lied_über
        Mach_ein_Quiz_über Wie_beschreibe_ich Warum_spricht_man_über Schreibe_ein_Gedicht_über
        Erzähle_mir_etwas_über Beschreibe_genau Mach_einen_Plan_für Erfinde_eine_Geschichte_über
        Verfasse_eine_E-Mail_über"""),
        _words("""die_deutsche_Küche meinen_kleinen_Garten unsere_Reise_nach_Köln das_Leben_in_der_Stadt
        die_Arbeit_von_zu_Hause meine_Großmutter die_klassische_Musik dieses_alte_Haus die_Straßenbahn
        das_Meer_im_Winter die_Schule_meiner_Tochter erneuerbare_Energien die_Katze_der_Nachbarin
        das_Wetter_im_April gutes_Brot eine_Nacht_im_Wald"""),
    ),
    "es": (
        _words("""Explícame Escribe_un_texto_sobre Dame_ideas_para ¿Cómo_puedo_mejorar ¿Qué_opinas_de
        Resume_en_pocas_frases ¿Cuáles_son_las_ventajas_de ¿Por_qué_se_habla_tanto_de Escribe_un_poema_sobre
        Háblame_de Describe_con_detalle Propón_un_plan_para ¿Cuál_es_la_historia_de Redacta_un_correo_sobre"""),
        _words("""la_cocina_mexicana mi_jardín nuestro_viaje_a_Sevilla la_vida_en_el_campo nuestra_casa_nueva
        mi_hermana_pequeña la_música_clásica esta_casa_vieja esta_receta la_playa_en_invierno
        nuestras_vacaciones la_escuela_de_mi_hijo las_energías_renovables la_bicicleta_de_mi_vecina
        la_economía_digital una_noche_de_verano los_pueblos_pequeños"""),
    ),
    "it": (
        _words("""Spiegami Scrivi_un_testo_su Dammi_qualche_idea_per Come_posso_migliorare Che_cosa_pensi_di
        Riassumi_in_poche_frasi Quali_sono_i_vantaggi_di Perché_si_parla_di Scrivi_una_poesia_su Parlami_di
        Descrivi_con_cura Proponi_un_piano_per Qual_è_la_storia_di Scrivi_una_lettera_su"""),
        _words("""questa_vecchia_casa mia_nonna una_gita_a_Bologna questo_piccolo_giardino una_giornata_al_mare
        ogni_lavoro_da_casa mio_fratello questa_canzone una_buona_pizza certe_tradizioni_di_famiglia
        una_notte_d'estate questo_progetto_di_scuola una_piccola_impresa tutte_le_energie_rinnovabili"""),
    ),
    "pt": (
        _words("""Explica-me Escreve_um_texto_sobre Dá-me_ideias_para Como_posso_melhorar O_que_pensas_sobre
        Resume_em_poucas_frases Quais_são_as_vantagens_de Porque_se_fala_tanto_de Escreve_um_poema_sobre
        Fala-me_sobre Descreve_com_detalhe Propõe_um_plano_para Conta_a_história_de Escreve_um_e-mail_sobre"""),
        _words("""uma_viagem_a_Lisboa uma_casa_antiga um_pequeno_jardim minha_avó uma_noite_de_verão um_bom_café
        uma_cidade_junto_ao_mar um_dia_sem_internet minha_irmã_mais_nova um_projeto_da_escola
        uma_empresa_familiar certas_tradições_portuguesas toda_a_música_antiga um_cão_muito_velho"""),
    ),
}
